//! A static of a gigabyte that is no zero.

static A: [u8; 1 << 30] = [1; 1 << 30];

fn main() {
    println!("{}", A[std::env::args().count()]);
}
