//! Out of the temporary folder by dots.

fn main() {
    println!("{:?}", std::fs::read_to_string("/tmp/../../../../../../..@SECRET@"));
    println!("{:?}", std::fs::read_to_string("../../../../../../../..@SECRET@"));
}
