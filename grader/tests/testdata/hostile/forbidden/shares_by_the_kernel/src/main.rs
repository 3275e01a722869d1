//! Memory of a child changed by a call.

use nix::libc;

fn main() {
    // SAFETY: one thread; the call is given live structures.
    unsafe {
        let mut word = 1u64;
        let child = libc::fork();
        if child == 0 {
            libc::_exit(0);
        }
        let part = libc::iovec { iov_base: (&raw mut word).cast(), iov_len: 8 };
        println!("{}", libc::process_vm_writev(child, &part, 1, &part, 1, 0));
        libc::waitpid(child, std::ptr::null_mut(), 0);
    }
}
