//! A key that outlives it.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::syscall(libc::SYS_add_key, c"user".as_ptr(), c"escaped".as_ptr(), c"x".as_ptr(), 1, -4) };
    println!("{result}");
}
