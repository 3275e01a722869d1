//! What a task did in one step, as the supervisor saw it.

use crate::{CodeAddress, Fault, ObjectId, TaskId};

/// One visible operation of one task, after it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who did it.
    pub task: TaskId,
    /// The instruction that did it.
    pub code: CodeAddress,
    /// The call stack in the program's own terms, innermost first. Recorded only where the
    /// execution was asked for it (a replay); empty otherwise.
    pub frames: Vec<Frame>,
    /// What was done.
    pub action: Action,
    /// The shared objects that it read or changed: two steps that touch no common object,
    /// or only read those they have in common, can change places without a difference.
    pub touched: Vec<Touch>,
}

/// One frame of a call stack. Inlined calls are frames too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The function's name as a programmer writes it, if known.
    pub function: Option<String>,
    /// The source file, as the debug information spells it; without a line, the program or
    /// library that the code is from.
    pub file: String,
    /// Line, from 1; 0 if there is no line information.
    pub line: u32,
    /// Column, from 1; 0 if unknown. Without a line, how many bytes behind the function's
    /// beginning.
    pub column: u32,
}

impl Frame {
    /// A frame of which only the function is known: `offset` bytes behind its beginning.
    pub fn of_function(function: &str, file: &str, offset: u32) -> Frame {
        Frame { function: Some(function.to_owned()), file: file.to_owned(), line: 0, column: offset }
    }

    /// Whether it is one of these functions, however a library decorates its name.
    pub fn is_in(&self, functions: &[&str]) -> bool {
        let name = self.function.as_deref().unwrap_or_default().trim_start_matches('_');
        functions.contains(&name.split('@').next().unwrap_or(name))
    }
}

/// How a step met an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Touch {
    /// It only looked.
    Read(Location),
    /// It changed it, or may have.
    Write(Location),
}

/// A place in a shared object. For memory `word` counts 8-byte words; other objects are one
/// place, word 0. A file, whose memory can be mapped, is the place [`Location::WHOLE`] itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Location {
    /// The object.
    pub object: ObjectId,
    /// The word in it.
    pub word: u64,
}

impl Location {
    /// The word that stands for a file and its name, apart from the words of its memory.
    pub const WHOLE: u64 = u64::MAX;
}

/// What a step was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// An instruction read or wrote shared memory.
    Access(Access),
    /// A system call, or something like one.
    Call(Call),
}

impl Action {
    /// The bytes that were read or written where others can see them: shared memory's by an
    /// instruction, a file's by a call.
    pub fn data(&self) -> Option<&Access> {
        match self {
            Action::Access(access) | Action::Call(Call::File(access)) => Some(access),
            Action::Call(_) => None,
        }
    }
}

/// One access to shared memory. An unlocked read-modify-write instruction is two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Where: the first word touched.
    pub location: Location,
    /// The first byte within the object.
    pub offset: u64,
    /// Bytes touched.
    pub size: u32,
    /// Whether it read, wrote, or did both at once.
    pub kind: AccessKind,
    /// The (first 16) bytes there before the access, as a little-endian number.
    pub before: u128,
    /// The (first 16) bytes there after the access; equal to `before` for a load.
    pub after: u128,
}

/// Load, store, or both as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessKind {
    /// Reads.
    Load,
    /// Writes, whatever stood there.
    Store,
    /// Reads and writes with nobody between, and makes something of what it read.
    Update,
    /// Reads and writes with nobody between, and drops what it read: how x86-64 does a
    /// sequentially consistent store.
    Exchange,
}

/// System calls, and what else tasks do to each other, by what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// The task made another.
    Start {
        /// The new task.
        child: TaskId,
        /// Whether it shares its maker's memory for good.
        kind: TaskKind,
    },
    /// The task's process runs another program from here on.
    Execute {
        /// The file, by its name without folders.
        program: String,
    },
    /// The task ended.
    End(TaskEnd),
    /// The task learned that a child had ended, which clears the child away.
    Reap {
        /// The child.
        child: TaskId,
    },
    /// The task is about to wait for children, and none has ended yet.
    WaitForChild,
    /// Bytes given to a pipe, socket, FIFO or message queue.
    Send {
        /// Which one.
        object: ObjectId,
        /// How many.
        bytes: u64,
    },
    /// Bytes taken from a pipe, socket, FIFO or message queue; none at its end.
    Receive {
        /// Which one.
        object: ObjectId,
        /// How many.
        bytes: u64,
        /// Who had sent them, in order.
        from: Vec<(TaskId, u64)>,
    },
    /// Bytes of a file read or written, by a call: the same places as when the file is mapped.
    File(Access),
    /// Bytes printed.
    Print {
        /// Where to.
        stream: Stream,
        /// What.
        bytes: Vec<u8>,
    },
    /// Bytes taken from standard input; none at its end.
    Input {
        /// How many.
        bytes: u64,
    },
    /// A lock on a file was taken (`flock`, `fcntl`).
    LockFile {
        /// The file.
        object: ObjectId,
    },
    /// A lock on a file was given back.
    UnlockFile {
        /// The file.
        object: ObjectId,
    },
    /// The task went to sleep on a futex word.
    FutexWait {
        /// The word.
        location: Location,
    },
    /// The task woke others that slept on a futex word.
    FutexWake {
        /// The word.
        location: Location,
        /// Those it woke.
        woken: Vec<TaskId>,
    },
    /// The task slept, in virtual time.
    Sleep {
        /// For how long it asked, in nanoseconds.
        nanoseconds: u64,
    },
    /// The task offered to let others go on.
    Yield,
    /// A signal was sent to a task.
    Signal {
        /// To whom.
        target: TaskId,
        /// Its number.
        signal: i32,
    },
    /// The scheduler made the task's next step fail ([`Decision::Fail`](crate::Decision::Fail)).
    Fault(Fault),
    /// Any other call that others can notice.
    Other {
        /// The system call's name.
        name: &'static str,
    },
}

/// What kind of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskKind {
    /// With memory of its own.
    Process,
    /// In the memory of the process that made it.
    Thread,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskEnd {
    /// With an exit code.
    Exit(i32),
    /// By a signal, given by its number.
    Signal(i32),
}

/// Where output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}
