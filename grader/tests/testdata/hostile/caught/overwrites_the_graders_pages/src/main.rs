//! Writes into what the grader put there, and forks.

use nix::libc;

fn main() {
    // SAFETY: whatever is there is not this program's.
    unsafe {
        let at = 0x1000_0000_0000usize as *mut u8;
        for index in 0..0x20000 {
            at.add(index).write_volatile(0xc3);
        }
        if libc::fork() == 0 {
            libc::_exit(0);
        }
    }
}
