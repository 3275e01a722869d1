//! The explorer: decides which task goes on at each scheduling point, remembers what
//! happened, searches the schedules of a program within bounds, and explains what went wrong.
//!
//! It is pure. It is told what the tasks of an execution are about to do and what came of it,
//! and answers with decisions; it opens no file, starts no process, reads no clock. Whatever
//! runs programs (the `supervisor` crate, or a made-up program in a test) drives it through
//! the [`Scheduler`] trait.

#![forbid(unsafe_code)]

mod changes;
mod check_then_act;
mod clocks;
mod contention;
mod deadlock;
mod decisions;
mod digest;
mod dormant;
mod double_take;
mod execution;
mod explanation;
mod exploration;
mod history;
mod ids;
mod interruption;
mod likely;
mod lost_update;
mod lost_wakeup;
mod parting;
mod places;
mod policy;
mod queue;
mod random;
mod replay;
mod run;
mod sampling;
mod schedule;
mod scheduler;
mod scope;
mod shared;
mod shrink;
mod spinning;
mod step;
#[cfg(test)]
mod testing;
mod torn_read;
mod use_after_end;
mod uses;
mod visited;

pub use check_then_act::CheckThenAct;
pub use deadlock::{Cause, Deadlock, Death, Link, explain_deadlock};
pub use double_take::DoubleTake;
pub use execution::{Ending, Execution, Leftover, LeftoverKind, Limit, Stuck, Unmade, Wait};
pub use explanation::{Explanation, explain_order, refine_lost_update};
pub use exploration::{Exploration, Standing};
pub use ids::{CodeAddress, ObjectId, TaskId};
pub use interruption::{Interruption, find_interruption};
pub use lost_update::{LostUpdate, find_lost_update};
pub use lost_wakeup::LostWakeup;
pub use parting::{Parting, find_parting};
pub use replay::{Divergence, Made, Replay, Strictness};
pub use run::Run;
pub use schedule::{Bounds, Choice, Coverage, Extent, Samples, Schedule, Way};
pub use scheduler::{ChoicePoint, Decision, Pending, Ready, Scheduler};
pub use scope::{Fault, Faults, MemoryModel, Scope, Threads};
pub use shared::Shared;
pub use shrink::Shrinking;
pub use step::{Access, AccessKind, Action, Call, Frame, Location, Step, Stream, TaskEnd, TaskKind, Touch};
pub use torn_read::TornRead;
pub use use_after_end::UseAfterEnd;
pub use visited::Pruning;
