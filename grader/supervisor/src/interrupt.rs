//! Whether the user asked to stop: looked at between steps, so that every task is ended and
//! every folder removed before the supervisor returns.

use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Asks every execution under way to stop with [`RunError::Interrupted`](crate::RunError::Interrupted).
/// Only sets a flag: fit for a signal handler.
pub fn interrupt() {
    REQUESTED.store(true, Ordering::Relaxed);
}

pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
