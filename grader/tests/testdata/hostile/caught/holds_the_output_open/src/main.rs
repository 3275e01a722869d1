//! A sleeping child keeps standard output.

use nix::libc;

fn main() {
    // SAFETY: one thread.
    if unsafe { libc::fork() } == 0 {
        loop {
            // SAFETY: waits for a signal.
            unsafe { libc::pause() };
        }
    }
    println!("joined 2");
}
