//! System calls: which can be noticed by others, when each can go on, and doing them without
//! ever blocking in the kernel.

mod about;
mod arrive;
mod clocks;
mod descriptors;
mod files;
mod futexes;
mod identity;
mod locks;
mod mappings;
mod perform;
mod pointers;
mod ready;
mod signals;
mod systemv;
mod waits;

pub(crate) use arrive::name;
pub(crate) use pointers::pointers;

use explorer::TaskId;

use crate::objects::Thing;
use crate::task::ProcessId;

/// What is to be done when the scheduler lets a call go on.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Let the kernel do it, tried without blocking; it is told as `name` if it did something.
    Try(Tale),
    /// Make a task.
    Make { flags: u64 },
    /// Run another program.
    Execute,
    /// End the task, or its process.
    End,
    /// Wait for a child.
    Wait(Children),
    /// Sleep on a futex.
    FutexWait { address: u64, private: bool, expected: u32, bits: u32, until: Option<u64> },
    /// Wake sleepers.
    FutexWake { address: u64, private: bool, count: u64, bits: u32 },
    /// Wake some sleepers and move others.
    FutexRequeue { address: u64, private: bool, wake: u64, to: u64, moved: u64, expected: Option<u32> },
    /// Change a second word, wake sleepers of the first, perhaps of the second.
    FutexWakeOp { address: u64, private: bool, wake: u64, second: u64, wake_second: u64, operation: u32 },
    /// Sleep.
    Sleep { until: u64, asked: u64 },
    /// Let others go first.
    Yield,
    /// Print.
    Print { stream: explorer::Stream },
    /// Send a signal.
    Kill { targets: Vec<ProcessId>, signal: i32, thread: Option<TaskId> },
    /// Wait for a signal.
    AwaitSignal,
    /// Take or give back a lock on a file.
    Lock { thing: Thing, takes: bool, waits: bool },
}

/// How an attempted call is told when it did something.
#[derive(Clone, Debug)]
pub(crate) enum Tale {
    /// Bytes given to something.
    Sends(Thing),
    /// Bytes taken from something.
    Receives(Thing),
    /// Several descriptors are looked at.
    Polls { timeout: Option<usize> },
    /// Anything else.
    Plain(&'static str),
}

/// Which children are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Children {
    /// Any.
    Any,
    /// This process.
    Process(ProcessId),
    /// Those that a group number or a descriptor names; nobody may know who that is.
    Some,
    /// There is no such child.
    Nobody,
}

/// When a call can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Now.
    Always,
    /// When it has let others go first.
    Yield,
    /// At a moment of virtual time.
    Time(u64),
    /// When a child has ended.
    Child(Children),
    /// When the descriptor can be read.
    Readable { descriptor: i32, deadline: Option<u64> },
    /// When the descriptor can be written.
    Writable { descriptor: i32 },
    /// When something has happened since it was tried.
    Change { deadline: Option<u64> },
    /// When a signal is there.
    Signal,
    /// When the other end of a FIFO is open.
    OtherEnd,
}

impl Condition {
    /// The moment at which the wait ends without what it waits for.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match self {
            Condition::Readable { deadline, .. } | Condition::Change { deadline } => *deadline,
            Condition::Always
            | Condition::Yield
            | Condition::Time(_)
            | Condition::Child(_)
            | Condition::Writable { .. }
            | Condition::Signal
            | Condition::OtherEnd => None,
        }
    }
}
