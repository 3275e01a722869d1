//! Calls that nobody notices, for ever.

use nix::libc;

fn main() {
    loop {
        // SAFETY: no arguments.
        unsafe { libc::getuid() };
    }
}
