//! A child prints the answer when its parent has ended.

use nix::libc;

fn main() {
    // SAFETY: one thread.
    if unsafe { libc::fork() } == 0 {
        std::thread::sleep(std::time::Duration::from_millis(500));
        println!("joined 2");
    }
}
