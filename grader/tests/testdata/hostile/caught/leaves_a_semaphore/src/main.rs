//! A semaphore with a name.

use nix::libc;

fn main() {
    // SAFETY: a live name.
    unsafe { libc::sem_open(c"/escaped-semaphore".as_ptr(), libc::O_CREAT, 0o666, 0) };
}
