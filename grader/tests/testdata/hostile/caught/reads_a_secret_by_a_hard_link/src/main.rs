//! A second name for the file.

fn main() {
    let linked = std::fs::hard_link("@SECRET@", "/tmp/link");
    println!("{linked:?} {:?}", std::fs::read_to_string("/tmp/link"));
    let _ = std::fs::remove_file("/tmp/link");
}
