//! Takes in a file that is not its own.

fn main() {
    println!("{}", include_str!("@SECRET@"));
}
