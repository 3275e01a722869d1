//! A file system over another.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::mount(c"none".as_ptr(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, std::ptr::null()) };
    println!("{result}");
}
