//! Ignores every signal and goes on for ever.

use nix::libc;

fn main() {
    for signal in 1..65 {
        // SAFETY: ignores a signal.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
    loop {
        std::hint::spin_loop();
    }
}
