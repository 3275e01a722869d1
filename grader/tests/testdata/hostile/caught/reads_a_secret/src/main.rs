//! Opens a file by its name.

fn main() {
    println!("{:?}", std::fs::read_to_string("@SECRET@"));
}
