//! The explorer: decides which task goes on at each scheduling point, remembers what
//! happened, searches the schedules of a program within bounds, and explains what went wrong.
//!
//! It is pure. It is told what the tasks of an execution are about to do and what came of it,
//! and answers with decisions; it opens no file, starts no process, reads no clock. Whatever
//! runs programs (the `supervisor` crate, or a made-up program in a test) drives it through
//! the [`Scheduler`] trait.

#![forbid(unsafe_code)]

mod clocks;
mod contention;
mod deadlock;
mod digest;
mod dormant;
mod execution;
mod exploration;
mod history;
mod ids;
mod interruption;
mod likely;
mod lost_update;
mod policy;
mod queue;
mod replay;
mod run;
mod schedule;
mod scheduler;
mod shrink;
mod spinning;
mod step;
mod visited;

pub use deadlock::{Cause, Deadlock, Death, Link, explain_deadlock};
pub use execution::{Ending, Execution, Leftover, LeftoverKind, Limit, Stuck, Wait};
pub use exploration::{Exploration, Standing};
pub use ids::{CodeAddress, ObjectId, TaskId};
pub use interruption::{Interruption, find_interruption};
pub use lost_update::{LostUpdate, find_lost_update};
pub use replay::{Divergence, Replay, Strictness};
pub use run::Run;
pub use schedule::{Bounds, Choice, Coverage, Schedule};
pub use scheduler::{ChoicePoint, Decision, Pending, Ready, Scheduler};
pub use shrink::Shrinking;
pub use step::{Access, AccessKind, Action, Call, Frame, Location, Step, Stream, TaskEnd, TaskKind, Touch};
pub use visited::Pruning;
