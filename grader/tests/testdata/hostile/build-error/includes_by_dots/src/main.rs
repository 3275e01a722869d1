//! Takes in a file by a way around.

fn main() {
    println!("{}", include_str!("../../../../../../../../../../../../../../../../../../../@SECRET@"));
}
