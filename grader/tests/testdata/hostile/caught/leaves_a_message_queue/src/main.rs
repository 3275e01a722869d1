//! A message queue with a name.

use nix::libc;

fn main() {
    // SAFETY: a live name.
    unsafe { libc::mq_open(c"/escaped-queue".as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o600, std::ptr::null_mut::<libc::mq_attr>()) };
}
