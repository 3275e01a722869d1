//! Writes to standard error for ever.

use std::io::Write;

fn main() {
    let page = [b'x'; 65536];
    loop {
        let _ = std::io::stderr().write_all(&page);
    }
}
