//! A FIFO in the temporary folder.

use nix::libc;

fn main() {
    // SAFETY: a live name.
    unsafe { libc::mkfifo(c"/tmp/escaped-fifo".as_ptr(), 0o666) };
}
