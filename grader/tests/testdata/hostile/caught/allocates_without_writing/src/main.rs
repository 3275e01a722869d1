//! Address space without end.

use nix::libc;

fn main() {
    // SAFETY: maps without touching.
    unsafe {
        while libc::mmap(std::ptr::null_mut(), 1 << 32, 3, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE, -1, 0)
            != libc::MAP_FAILED
        {}
    }
}
