//! The explorer: decides which task goes on at each scheduling point, remembers what
//! happened, searches the schedules of a program within bounds, and explains what went wrong.
//!
//! It is pure. It is told what the tasks of an execution are about to do and what came of it,
//! and answers with decisions; it opens no file, starts no process, reads no clock. Whatever
//! runs programs (the `supervisor` crate, or a made-up program in a test) drives it through
//! the [`Scheduler`] trait.

#![forbid(unsafe_code)]

mod execution;
mod ids;
mod scheduler;
mod step;

pub use execution::{Ending, Execution, Leftover, LeftoverKind, Limit, Stuck, Wait};
pub use ids::{CodeAddress, ObjectId, TaskId};
pub use scheduler::{ChoicePoint, Decision, Pending, Ready, Scheduler};
pub use step::{Access, AccessKind, Action, Call, Frame, Location, Step, Stream, TaskEnd, TaskKind, Touch};
