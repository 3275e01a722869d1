//! Shared memory changed behind the back of protection.

use std::os::unix::fs::FileExt;

fn main() {
    let word = 0u64;
    let file = std::fs::OpenOptions::new().write(true).open("/proc/self/mem");
    println!("{:?}", file.and_then(|file| file.write_at(&[1; 8], (&raw const word).addr() as u64)));
}
