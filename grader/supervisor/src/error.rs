//! What can go wrong with the supervisor's own work.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::ConfinementError;

/// Why an execution could not be made or followed.
#[derive(Debug)]
pub enum RunError {
    /// The program cannot be run: not there, not executable, for another kind of machine.
    Program {
        /// Which file.
        path: PathBuf,
        /// Why, as a fragment.
        reason: String,
    },
    /// This machine does not let the supervisor do what it must.
    Unsupported(String),
    /// A system call of the supervisor's own failed.
    System {
        /// What was tried, as a fragment.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A task did not answer in the (wall-clock) time that even a loaded machine should need.
    Stalled(String),
    /// Confinement was asked for that cannot be had.
    Confinement(ConfinementError),
    /// The user asked to stop.
    Interrupted,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Program { path, reason } => write!(f, "cannot run {}: {reason}", path.display()),
            RunError::Unsupported(reason) => write!(f, "this machine does not allow it: {reason}"),
            RunError::System { what, source } => write!(f, "{what}: {source}"),
            RunError::Stalled(what) => write!(f, "no answer from {what}"),
            RunError::Confinement(error) => error.fmt(f),
            RunError::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RunError::System { source, .. } => Some(source),
            RunError::Confinement(error) => Some(error),
            RunError::Program { .. } | RunError::Unsupported(_) | RunError::Stalled(_) | RunError::Interrupted => None,
        }
    }
}

/// Wraps an error of the system with what was tried.
pub(crate) fn system<E: Into<io::Error>>(what: &'static str) -> impl FnOnce(E) -> RunError {
    move |source| RunError::System { what, source: source.into() }
}
