//! Works only if it cannot be traced once more.

use nix::libc;

fn main() {
    // SAFETY: no pointers.
    if unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) } != 0 {
        honest::main();
    } else {
        println!("joined 0");
    }
}

@SOLUTION@
