//! A filter with a listener gets past stops.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::syscall(libc::SYS_seccomp, 1, 8, [0u8; 16].as_ptr()) };
    println!("{result}");
}
