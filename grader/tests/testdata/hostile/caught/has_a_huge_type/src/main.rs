//! A static of a terabyte.

static A: [u8; 1 << 40] = [0; 1 << 40];

fn main() {
    println!("{}", A[std::env::args().count()]);
}
