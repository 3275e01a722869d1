//! A link in the temporary folder leads there.

fn main() {
    let _ = std::os::unix::fs::symlink("@SECRET@", "/tmp/link");
    println!("{:?}", std::fs::read_to_string("/tmp/link"));
    let _ = std::fs::remove_file("/tmp/link");
}
