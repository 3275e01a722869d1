//! A signal to every number.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { (1..40_000).map(|number| libc::kill(number, libc::SIGKILL) + 1).sum::<i32>() };
    println!("{result}");
}
