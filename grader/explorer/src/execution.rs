//! One execution, as it went: the record that verdicts are made from.

use crate::{Action, Call};
use crate::{Frame, ObjectId, Shared, Step, Stream, TaskEnd, TaskId, TaskKind};

/// All that is known about one execution of a program under one schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// How it ended.
    pub ending: Ending,
    /// Names left behind, sorted.
    pub leftovers: Vec<Leftover>,
    /// System calls and instructions met that the supervisor does not model, by name; each
    /// once, in the order met. Where there are any, a pass cannot be given.
    pub unmodelled: Vec<String>,
    /// What the program tried and may not do, in words; each once.
    pub forbidden: Vec<String>,
    /// Whether a switch was made at the end of a time slice: no verdict may rest on such
    /// an execution.
    pub sliced: bool,
    /// Whether it met shared memory that was not watched from its start: choice points have
    /// other numbers from the next execution on.
    pub rehearsal: bool,
    /// What threads were known to share when it started.
    pub shared: Shared,
    /// What tasks were about to touch when they ended, or the execution did.
    pub unmade: Vec<Unmade>,
}

/// A step that its task did not come to make: it waited, and was ended or waited for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmade {
    /// Who.
    pub task: TaskId,
    /// What it would have touched.
    pub places: Vec<crate::Location>,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its first process ended, and all others too (left to run after it where need be).
    Ended,
    /// Nobody can go on. One entry for each task that is left.
    Deadlock(Vec<Stuck>),
    /// The first process ended; these processes were left and would never end.
    Orphans(Vec<Stuck>),
    /// The whole state came back under a fair schedule: these tasks run for ever without
    /// getting on; the others wait.
    Livelock {
        /// Those that run.
        running: Vec<TaskId>,
        /// Those that wait.
        waiting: Vec<Stuck>,
    },
    /// A limit was met.
    Limit(Limit),
    /// The explorer gave it up, since what could follow is known.
    Abandoned,
}

/// The limits of one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Steps.
    Steps(u64),
    /// Processor time of all tasks together, in milliseconds.
    ProcessorTime(u64),
    /// Bytes of output.
    Output(u64),
    /// Tasks at once.
    Tasks(u32),
    /// Bytes of memory.
    Memory(u64),
    /// Bytes of files.
    Files(u64),
}

/// A task that cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Who.
    pub task: TaskId,
    /// What it waits for.
    pub wait: Wait,
    /// Where, innermost first; empty unless the execution was asked for stacks.
    pub frames: Vec<Frame>,
}

/// What a task can wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The end of a child: of these that live.
    Child(Vec<TaskId>),
    /// Somebody to write, or to close the last writing end; `holders` have that end open.
    Readable {
        /// What it reads from.
        object: ObjectId,
        /// Who could still write.
        holders: Vec<TaskId>,
    },
    /// Somebody to read; `holders` have the reading end open.
    Writable {
        /// What it writes to.
        object: ObjectId,
        /// Who could still read.
        holders: Vec<TaskId>,
    },
    /// A futex word in memory to be woken.
    Futex {
        /// The word.
        location: crate::Location,
        /// The last other task that changed the word: for a lock, who holds it.
        holder: Option<TaskId>,
    },
    /// A lock on a file.
    FileLock {
        /// The file.
        object: ObjectId,
        /// Who holds it, if known.
        holder: Option<TaskId>,
    },
    /// A semaphore or message queue of the system.
    Semaphore {
        /// Which.
        object: ObjectId,
    },
    /// A signal.
    Signal,
    /// To be continued: it stopped itself or was stopped.
    Continue,
    /// Any of several descriptors (`poll`, `select`, `epoll_wait`).
    AnyOf,
    /// Somebody to connect.
    Connection {
        /// The socket.
        object: ObjectId,
    },
}

/// Something with a name that outlived the program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// Its name as the program gave it.
    pub name: String,
}

/// Kinds of things that can be left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftoverKind {
    /// POSIX shared memory.
    SharedMemory,
    /// A named POSIX semaphore.
    Semaphore,
    /// A System V object.
    SystemV,
    /// A POSIX message queue.
    MessageQueue,
    /// A FIFO.
    Fifo,
    /// A socket's file.
    Socket,
    /// A folder.
    Folder,
    /// A file.
    File,
}

impl Execution {
    /// All that was printed to `stream`, in the order it came.
    pub fn output(&self, stream: Stream) -> Vec<u8> {
        let mut all = Vec::new();
        for step in &self.steps {
            if let Action::Call(Call::Print { stream: to, bytes }) = &step.action
                && *to == stream
            {
                all.extend_from_slice(bytes);
            }
        }
        all
    }

    /// How `task` ended, if it did.
    pub fn end_of(&self, task: TaskId) -> Option<TaskEnd> {
        self.steps.iter().find_map(|step| match step.action {
            Action::Call(Call::End(end)) if step.task == task => Some(end),
            Action::Call(_) | Action::Access(_) => None,
        })
    }

    /// Every task but the first, in the order made: its id, its maker, its kind.
    pub fn started(&self) -> Vec<(TaskId, TaskId, TaskKind)> {
        self.steps
            .iter()
            .filter_map(|step| match step.action {
                Action::Call(Call::Start { child, kind }) => Some((child, step.task, kind)),
                Action::Call(_) | Action::Access(_) => None,
            })
            .collect()
    }
}
