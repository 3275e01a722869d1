//! Takes all memory away from itself.

use nix::libc;

fn main() {
    // SAFETY: the program ends here.
    unsafe { libc::munmap(0x1000usize as *mut libc::c_void, 0x7fff_ffff_0000) };
}
