//! Prints for ever.

use std::io::Write;

fn main() {
    let page = [b'x'; 65536];
    loop {
        let _ = std::io::stdout().write_all(&page);
    }
}
