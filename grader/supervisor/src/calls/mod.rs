//! System calls: which can be noticed by others, when each can go on, and doing them without
//! ever blocking in the kernel.

mod about;
mod addresses;
mod arrive;
mod clocks;
mod contents;
mod descriptors;
mod failures;
mod files;
mod futexes;
mod identity;
mod locks;
mod mappings;
mod pending;
mod perform;
mod pointers;
mod ready;
mod signals;
mod systemv;
mod timers;
mod waits;

pub(crate) use arrive::name;
pub(crate) use pointers::pointers;

use explorer::{Location, TaskId};

pub(crate) use contents::Way;

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
    Wait(Children, Wanted),
    /// Sleep on a futex.
    FutexWait { address: u64, private: bool, expected: u32, bits: u32, until: Option<u64> },
    /// Wake sleepers.
    FutexWake { address: u64, private: bool, count: u64, bits: u32 },
    /// Wake some sleepers and move others.
    FutexRequeue { address: u64, private: bool, wake: u64, to: u64, moved: u64, expected: Option<u32> },
    /// Change a second word, wake sleepers of the first, perhaps of the second.
    FutexWakeOp { address: u64, private: bool, wake: u64, second: u64, wake_second: u64, operation: u32 },
    /// Take a lock that hands over its owner's priority, whose word says who has it.
    FutexLock { address: u64, private: bool, waits: bool, until: Option<u64> },
    /// Give it to the next.
    FutexUnlock { address: u64, private: bool },
    /// Sleep.
    Sleep { until: u64, asked: u64 },
    /// Read or write a file of the program's.
    Contents { thing: Thing, way: Way },
    /// Go into a wait for a signal: from here on one that comes ends it.
    Enter,
    /// Let others go first.
    Yield,
    /// Print.
    Print { stream: explorer::Stream },
    /// Send a signal.
    Kill(Sending),
    /// Wait for a signal.
    AwaitSignal,
    /// Take or give back a lock on a file.
    Lock { thing: Thing, takes: bool, waits: bool },
}

/// A signal on its way.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    /// To whom.
    pub(crate) targets: Vec<ProcessId>,
    /// To which of its tasks, if it says so.
    pub(crate) thread: Option<TaskId>,
    /// Its number.
    pub(crate) signal: i32,
    /// Where the sender has what is to be told of it (`sigqueue`).
    pub(crate) information: Option<u64>,
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
    /// Anything that changes nothing.
    Looks(&'static str),
    /// Names are looked up, made or taken away.
    Names(Names),
    /// Bytes go from one thing to another inside the kernel.
    Moves { from: Thing, to: Thing, takes: bool },
}

/// What a call does to names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    /// The places of the names themselves.
    pub(crate) names: Vec<Location>,
    /// The places of the folders that they are changed in.
    pub(crate) folders: Vec<Location>,
    /// What the call does if it succeeds.
    pub(crate) effect: NameEffect,
}

/// What a call does to the names it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameEffect {
    /// Looks them up.
    Looks,
    /// Makes them, or takes them away.
    Changes,
    /// Makes it where it is not there.
    Opens,
}

/// Which children are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Children {
    /// Any.
    Any,
    /// This process.
    Process(ProcessId),
    /// Those of a process group.
    Group(i32),
    /// There is no such child.
    Nobody,
}

/// Which news of children are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) ended: bool,
    pub(crate) stopped: bool,
    pub(crate) continued: bool,
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
    /// When there is news of a child.
    Child(Children, Wanted),
    /// When the descriptor can be read.
    Readable { descriptor: i32, deadline: Option<u64> },
    /// When the descriptor can be written.
    Writable { descriptor: i32, deadline: Option<u64> },
    /// When something has happened since it was tried.
    Change { deadline: Option<u64> },
    /// When a signal is there.
    Signal { deadline: Option<u64> },
    /// When the other end of a FIFO is open.
    OtherEnd,
}

impl Condition {
    /// The moment at which the wait ends without what it waits for.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match self {
            Condition::Readable { deadline, .. }
            | Condition::Writable { deadline, .. }
            | Condition::Signal { deadline }
            | Condition::Change { deadline } => *deadline,
            Condition::Always | Condition::Yield | Condition::Time(_) | Condition::Child(..) | Condition::OtherEnd => {
                None
            }
        }
    }
}
