//! Handles faults by itself.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::syscall(libc::SYS_userfaultfd, 0) };
    println!("{result}");
}
