//! From an open folder on.

use nix::libc;
use std::os::fd::AsRawFd;

fn main() {
    if let Ok(root) = std::fs::File::open("/") {
        let name = c"@SECRET@";
        // SAFETY: a live name behind its first slash.
        let file = unsafe { libc::openat(root.as_raw_fd(), name.as_ptr().add(1), libc::O_RDONLY) };
        println!("{file} {:?}", std::fs::read_to_string(format!("/proc/self/fd/{file}")));
    }
}
