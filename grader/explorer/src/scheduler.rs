//! The seam between what runs programs and what decides for them.

use crate::{Access, AccessKind, CodeAddress, Location, Step, TaskId};

/// Decides who goes on. Asked before every visible operation, told after it.
///
/// Contract: the decision is one of the tasks in `ready`, or [`Decision::Abandon`]. With the
/// same answers the same program meets the same choice points again.
pub trait Scheduler {
    /// Which task takes its next step.
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision;
    /// Told before the first choice of an execution in which what threads do to their common
    /// memory is not seen: then none of their steps are independent.
    fn threads_are_not_followed(&mut self) {}
    /// What came of it. One decision can bring several steps, or none.
    fn observe(&mut self, step: &Step);
}

/// The moment before a visible operation.
#[derive(Clone, Copy, Debug)]
pub struct ChoicePoint<'a> {
    /// The task that took the last step, if it could go on.
    pub current: Option<TaskId>,
    /// Everyone who could go on, in the order of their ids; never empty.
    pub ready: &'a [Ready],
}

/// A task that could go on, and what it would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The task.
    pub task: TaskId,
    /// The instruction it stands at.
    pub code: CodeAddress,
    /// What it is about to do.
    pub next: Pending,
}

/// What a task is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    /// Its first instruction.
    Begin,
    /// Touch shared memory.
    Access {
        /// Where.
        location: Location,
        /// Bytes.
        size: u32,
        /// How.
        kind: AccessKind,
    },
    /// A system call on objects that others can reach.
    Call {
        /// Those objects.
        objects: Vec<Location>,
    },
    /// Go on after it offered to let others go first (`sched_yield`, or a call that did not
    /// get what it asked for and will surely be tried again).
    Yield,
    /// Wake up from a sleep or a timed wait.
    Wake {
        /// When, in nanoseconds of virtual time.
        at: u64,
    },
    /// Go on after a slice of processor time without a visible operation. No verdict may
    /// depend on where a slice ended.
    Slice,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This task takes its next step.
    Run(TaskId),
    /// This execution need not be finished: what could follow has been explored from another.
    Abandon,
}

impl Access {
    /// Whether the bytes there are others than before.
    pub fn changed(&self) -> bool {
        self.before != self.after
    }
}
