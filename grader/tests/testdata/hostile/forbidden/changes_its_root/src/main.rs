//! Another root.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::chroot(c"/tmp".as_ptr()) };
    println!("{result}");
}
