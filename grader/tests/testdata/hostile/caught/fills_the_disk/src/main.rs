//! Writes to a file for ever.

use std::io::Write;

fn main() {
    let mut file = std::fs::File::create("/tmp/fill").unwrap();
    let page = vec![1u8; 1 << 20];
    for _ in 0..100_000 {
        if file.write_all(&page).is_err() {
            break;
        }
    }
}
