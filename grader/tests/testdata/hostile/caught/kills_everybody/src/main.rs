//! A signal to all.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::kill(-1, libc::SIGKILL) };
    println!("{result}");
}
