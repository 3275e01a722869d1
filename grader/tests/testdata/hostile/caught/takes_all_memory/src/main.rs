//! Asks for memory and writes to it.

fn main() {
    let mut all = Vec::new();
    loop {
        all.push(vec![1u8; 16 << 20]);
    }
}
