//! A link to the root, and on from there.

fn main() {
    let _ = std::os::unix::fs::symlink("/", "/tmp/root");
    println!("{:?}", std::fs::read_to_string("/tmp/root@SECRET@"));
    let _ = std::fs::remove_file("/tmp/root");
}
