//! Ctrl-C: asks everything under way to stop, clean up and say so.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// The exit code of a command that was interrupted.
pub const EXIT_CODE: u8 = 130;

/// From here on Ctrl-C (and a request to end) stops gradings in good order; the second one
/// ends the grader at once: the kernel then ends every task that it follows.
///
/// # Errors
/// Where the system does not take the handler.
pub fn install() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if REQUESTED.swap(true, Ordering::Relaxed) {
            std::process::exit(EXIT_CODE.into());
        }
        supervisor::interrupt();
    })
}

/// Whether the user asked to stop.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
