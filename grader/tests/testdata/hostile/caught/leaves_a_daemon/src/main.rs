//! A grandchild that outlives everybody and writes later.

use nix::libc;

fn main() {
    // SAFETY: one thread.
    unsafe {
        if libc::fork() == 0 {
            libc::setsid();
            if libc::fork() == 0 {
                std::thread::sleep(std::time::Duration::from_secs(3));
                let _ = std::fs::write("/tmp/escaped-daemon", "late");
                libc::pause();
            }
            libc::_exit(0);
        }
    }
    println!("joined 2");
}
