//! Wants to be the one that orphans come to.

use nix::libc;

fn main() {
    // SAFETY: one thread.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        if libc::fork() == 0 {
            if libc::fork() == 0 {
                libc::sleep(1000);
            }
            libc::_exit(0);
        }
    }
}
