//! Users of its own, and what that allows.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) };
    println!("{result}");
}
