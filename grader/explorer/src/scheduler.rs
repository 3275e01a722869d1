//! The seam between what runs programs and what decides for them.

use crate::{Access, AccessKind, CodeAddress, Fault, Location, Step, TaskId};

/// Decides who goes on. Asked before every visible operation, told after it.
///
/// Contract: the decision is about one of the tasks in `ready`, or [`Decision::Abandon`]. With
/// the same answers the same program meets the same choice points again.
///
/// A call fails ([`Decision::Fail`]) only in a way that its [`Ready::faults`] offer, and only
/// where the search was asked to try that ([`Scope::faults`](crate::Scope)).
///
/// Stores are delayed ([`Decision::Delay`]) only where the search was asked to do so
/// ([`MemoryModel::StoreBuffers`](crate::MemoryModel)). What runs programs then keeps a buffer
/// for each task, as x86-64 has it (Owens, Sarkar, Sewell: A better x86 memory model: x86-TSO,
/// 2009):
/// - `Delay` is a possible answer wherever a task is about to store
///   ([`Pending::Access`] with [`AccessKind::Store`]). The store goes into the task's buffer, no
///   step is observed, and the task comes to its next operation.
/// - While the buffer holds anything, [`TaskId::buffer`] stands in `ready` too, at the end,
///   about to bring the oldest store to memory ([`Pending::Flush`]). [`Decision::Run`] with it
///   does that: now the store is observed, as a step of the task that made it, with what stood
///   in memory just before. `current` stays the task that took the last step of its own.
/// - While the buffer holds anything, `Run` of a task that is about to store puts that store
///   into the buffer too, behind the others, with no step observed.
/// - The task's own loads see its own buffered stores. A load that they answer alone touches
///   nothing; one that memory takes part in touches as it always does.
/// - A locked instruction, an exchange, a fence, a system call, and the end of the task bring
///   the whole buffer to memory first, in order, as part of that step: the stores are observed
///   before it. A fence is announced as a [`Pending::Call`] without objects where the buffer
///   holds anything, and is no operation at all where not.
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
    /// The ways in which that can fail for no fault of the program's; mostly none.
    pub faults: Vec<Fault>,
    /// Whether it stands midway through an operation that counts as one: it need not be parted
    /// there, as long as the task can go on.
    pub midway: bool,
    /// Whether all that it can come to is to wait for another task, so that it may as well wait
    /// where it stands.
    pub stalls: bool,
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
    /// A system call on objects that others can scope.
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
    /// Bring the oldest store of a buffer to memory; only buffers do this.
    Flush {
        /// Where.
        location: Location,
        /// Bytes.
        size: u32,
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
    /// This task takes its next step, which fails in this way.
    Fail(TaskId, Fault),
    /// This task makes its store, which waits in its buffer.
    Delay(TaskId),
    /// This execution need not be finished: what could follow has been explored from another.
    Abandon,
}

impl Ready {
    /// Whether it is about to store to shared memory.
    pub(crate) fn stores(&self) -> bool {
        match self.next {
            Pending::Access { kind, .. } => kind == AccessKind::Store,
            Pending::Begin
            | Pending::Call { .. }
            | Pending::Flush { .. }
            | Pending::Yield
            | Pending::Slice
            | Pending::Wake { .. } => false,
        }
    }
}

impl Access {
    /// Whether the bytes there are others than before.
    pub fn changed(&self) -> bool {
        self.before != self.after
    }
}
