//! Tasks and processes of an execution, and what each of them stands at.

use std::collections::HashMap;
use std::os::fd::OwnedFd;

use explorer::{Location, TaskEnd, TaskId, TaskKind};
use nix::unistd::Pid;

use crate::futex::Key;
use crate::machine::{Instruction, Registers};
use crate::opaque::Visit;
use crate::semaphores::Operation;
use crate::window::Window;

/// A process, by its place in the engine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProcessId(pub(crate) usize);

/// An address space, by its place in the engine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SpaceId(pub(crate) usize);

/// A task as the supervisor follows it.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) pid: Pid,
    pub(crate) process: ProcessId,
    pub(crate) kind: TaskKind,
    /// Names the task by its history: the same in every execution in which it has the same.
    pub(crate) history: u64,
    /// How many tasks and objects it made, for naming the next one.
    pub(crate) made: u64,
    pub(crate) state: State,
    /// Registers at the stop that it stands at.
    pub(crate) registers: Registers,
    /// Which instruction touches shared memory, and by which calls it was reached: one
    /// function's load serves many lines of a program.
    pub(crate) place: u64,
    /// The word to clear when it ends (`set_tid_address`).
    pub(crate) clear_on_end: u64,
    /// The head of the list of robust locks that it has from the loaded program. What it told the
    /// kernel itself comes first.
    pub(crate) robust_list: Option<u64>,
    /// Its last call did not get what it asked for: it will try again.
    pub(crate) yielding: bool,
    /// A signal to hand to it when it goes on.
    pub(crate) deliver: i32,
    /// What signals say of themselves that came while it worked for us, until they come again.
    pub(crate) withheld: Vec<libc::siginfo_t>,
    /// It is about to end, and runs no instruction of its own any more.
    pub(crate) leaving: bool,
    /// It is inside of a function that is taken for granted.
    pub(crate) visit: Option<Visit>,
    /// The operation of a semaphore that it has begun with.
    pub(crate) operation: Option<Operation>,
    /// It waits in `vfork` for this child.
    pub(crate) vfork_child: Option<TaskId>,
    /// What was read along with the access that it stood at; it has not run since.
    pub(crate) window: Option<Box<Window>>,
    /// The kernel has let its `vfork` go on.
    pub(crate) vfork_done: bool,
}

/// What a task stands at.
#[derive(Debug)]
pub(crate) enum State {
    /// Before something that others can notice.
    At(Op),
    /// Asleep on a futex.
    Asleep {
        key: Key,
        location: Location,
        /// In virtual nanoseconds.
        until: Option<u64>,
    },
    /// In the kernel, until its child goes its own way.
    InVfork,
    /// It runs.
    Running,
    /// It is no more.
    Ended,
}

/// What it is about to do.
#[derive(Debug)]
pub(crate) enum Op {
    /// Its first instruction.
    Begin,
    /// Go on, for whatever reason it stopped.
    Continue,
    /// Go on after a slice of processor time.
    Slice,
    /// Go on behind the opening of a FIFO for reading, when somebody has opened it for writing.
    Opened(Reader),
    /// An instruction on shared memory.
    Access(Box<Instruction>),
    /// The second half of an instruction that reads and writes.
    Write(Box<Second>),
    /// A system call.
    Call(Box<Site>),
}

/// A task that has opened a FIFO for reading, and waits for a writer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader {
    pub(crate) fifo: crate::objects::Thing,
    /// How often it had been opened for writing by then.
    pub(crate) writers: u64,
}

/// What is known of signals that are pending for a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signalled {
    /// There are none.
    No,
    /// Those that there are do nothing to it, as long as it does not ask for them.
    Unnoticed,
    /// It has to be looked at.
    Perhaps,
}

/// The write that is left of an instruction that has read already.
#[derive(Debug)]
pub(crate) struct Second {
    pub(crate) code: u64,
    pub(crate) address: u64,
    pub(crate) bytes: Vec<u8>,
}

/// A system call that a task is about to make.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) call: i64,
    pub(crate) args: [u64; 6],
    /// Where the call is made from.
    pub(crate) code: u64,
    pub(crate) deed: crate::calls::Deed,
    pub(crate) places: Vec<Location>,
    pub(crate) ready: crate::calls::Condition,
    /// It was tried when the execution had this version, in vain.
    pub(crate) tried: Option<u64>,
    /// It could not go on at once.
    pub(crate) waited: bool,
    /// It is to give one byte, whatever is there.
    pub(crate) short: bool,
    /// What a call that is done in parts has done so far, in bytes.
    pub(crate) done: u64,
}

/// A process: what its threads have in common.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) id: ProcessId,
    pub(crate) leader: TaskId,
    pub(crate) pid: Pid,
    pub(crate) handle: Option<OwnedFd>,
    pub(crate) parent: Option<ProcessId>,
    pub(crate) space: SpaceId,
    pub(crate) ended: Option<TaskEnd>,
    /// The signal that tells its parent of its end.
    pub(crate) end_signal: i32,
    pub(crate) reaped: bool,
    /// All of it is ending, not one thread alone.
    pub(crate) dying: bool,
    /// Bytes of private memory that it asked for.
    pub(crate) grown: u64,
    /// Where its heap reached furthest.
    pub(crate) heap: u64,
    /// Where its heap ends now.
    pub(crate) end: u64,
    /// Stopped by a signal.
    pub(crate) stopped: bool,
    /// What its parent has not been told yet.
    pub(crate) news: News,
    /// Whether signals are pending for it.
    pub(crate) signalled: Signalled,
    /// What it does with signals: those it has said something about.
    pub(crate) actions: HashMap<i32, SignalAction>,
    /// Its process group, as it knows it.
    pub(crate) group: i32,
    /// Its session, as it knows it.
    pub(crate) session: i32,
}

/// What a process's parent has not been told yet of its stopping and going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Nothing.
    None,
    /// It was stopped by this signal.
    Stopped(i32),
    /// It goes on.
    Continued,
}

/// What a process does with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalAction {
    pub(crate) handler: u64,
    pub(crate) flags: u64,
}

impl SignalAction {
    pub(crate) fn ignores(self) -> bool {
        self.handler == libc::SIG_IGN as u64
    }

    pub(crate) fn catches(self) -> bool {
        !self.ignores() && !self.is_default()
    }

    pub(crate) fn is_default(self) -> bool {
        self.handler == libc::SIG_DFL as u64
    }

    pub(crate) fn restarts(self) -> bool {
        self.flags & libc::SA_RESTART as u64 != 0
    }
}

/// The number by which a program knows a task. Numbers start far from those of small systems'
/// first processes, and go up in the order in which tasks are made.
pub(crate) fn seen_pid(task: TaskId) -> i32 {
    const FIRST: i32 = 1000;
    FIRST + task.0.cast_signed()
}

/// The number by which the first process knows its parent.
pub(crate) const SEEN_PARENT: i32 = 999;

impl Task {
    /// The same task for another execution, but for what it stands at.
    pub(crate) fn copied(&self) -> Task {
        Task { state: State::Running, window: None, withheld: Vec::new(), ..*self }
    }
}

impl Process {
    /// The same process for another execution: signals that wait are not copied.
    pub(crate) fn copied(&self) -> Process {
        Process { handle: None, actions: HashMap::new(), signalled: Signalled::No, ..*self }
    }
}
