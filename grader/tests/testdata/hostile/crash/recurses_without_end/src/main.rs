//! Runs out of stack.

fn deeper(n: u64) -> u64 {
    let room = std::hint::black_box([n; 100]);
    deeper(n + 1) + room[1]
}

fn main() {
    println!("{}", deeper(0));
}
