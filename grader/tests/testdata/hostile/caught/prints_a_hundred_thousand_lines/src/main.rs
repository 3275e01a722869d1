//! Many lines.

fn main() {
    print!("{}", "x\n".repeat(100_000));
}
