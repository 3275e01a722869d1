//! Stops, and nobody lets it go on.

use nix::libc;

fn main() {
    // SAFETY: a signal to itself.
    unsafe { libc::raise(libc::SIGSTOP) };
    println!("joined 2");
}
