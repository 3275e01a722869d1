//! A stand-in for the explorer's search for lost updates.
use explorer::{Execution, Location, TaskId};

/// A lost update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostUpdate {
    /// Where.
    pub location: Location,
    /// Who overwrote.
    pub victim: TaskId,
    /// Whose write was lost.
    pub other: TaskId,
    /// Step.
    pub read: usize,
    /// Step.
    pub overwritten: usize,
    /// Step.
    pub write: usize,
}

/// Finds one.
pub fn find_lost_update(_: &Execution) -> Option<LostUpdate> {
    None
}
