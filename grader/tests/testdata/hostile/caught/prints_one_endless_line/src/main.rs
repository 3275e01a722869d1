//! One line of a megabyte.

fn main() {
    println!("{}", "long ".repeat(200_000));
}
