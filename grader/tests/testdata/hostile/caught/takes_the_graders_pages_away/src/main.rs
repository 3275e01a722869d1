//! Finds what the grader put into its memory, unmaps it and remaps it.

use nix::libc;

fn main() {
    let Some(at) = mapped(0x1000_0000_0000, 0x1000_0000_0000) else { return };
    let at = at as *mut libc::c_void;
    // SAFETY: nothing of this program's is there.
    unsafe {
        println!("{}", libc::munmap(at, 0x20000));
        println!("{}", libc::mprotect(at, 0x20000, 7));
        println!("{:?}", libc::mmap(at, 0x20000, 7, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED, -1, 0));
    }
}

@MAPPED@
