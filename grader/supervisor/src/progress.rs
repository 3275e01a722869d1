//! Whether anybody gets on: what tells a livelock from a long wait.

use explorer::{Action, Call};

/// Counts steps since something changed that another task could notice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    idle: u64,
}

impl Progress {
    pub(crate) fn step(&mut self, action: &Action) {
        let changes = match action {
            Action::Access(access) => access.changed(),
            Action::Call(Call::Sleep { .. } | Call::Yield | Call::WaitForChild | Call::FutexWait { .. }) => false,
            Action::Call(Call::FutexWake { woken, .. }) => !woken.is_empty(),
            Action::Call(Call::Other { .. }) => false,
            // the end of file, read once more
            Action::Call(Call::Receive { bytes, .. } | Call::Send { bytes, .. } | Call::Input { bytes }) => *bytes > 0,
            Action::Call(_) => true,
        };
        self.idle = if changes { 0 } else { self.idle + 1 };
    }

    pub(crate) fn memory_changed(&mut self) {
        self.idle = 0;
    }

    /// Steps since anything changed.
    pub(crate) fn idle(&self) -> u64 {
        self.idle
    }
}
