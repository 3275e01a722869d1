//! A program in the kernel.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::syscall(libc::SYS_bpf, 0, [0u8; 64].as_ptr(), 64) };
    println!("{result}");
}
