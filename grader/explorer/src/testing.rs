//! Made-up steps and executions for the tests of what explains them.

use crate::{
    Access, AccessKind, Action, Call, CodeAddress, Ending, Execution, Location, ObjectId, Step, TaskEnd, TaskId, Touch,
};

/// The object in which all memory of the tests lies.
pub(crate) const OBJECT: ObjectId = ObjectId(1);

/// An access of eight bytes, at the code of its kind and word unless [`at`] says otherwise.
fn access(task: u32, word: u64, kind: AccessKind, before: u128, after: u128) -> Step {
    let location = Location { object: OBJECT, word };
    let touch = if kind == AccessKind::Load { Touch::Read(location) } else { Touch::Write(location) };
    Step {
        task: TaskId(task),
        code: CodeAddress(word * 10 + kind as u64),
        frames: Vec::new(),
        action: Action::Access(Access { location, offset: word * 8, size: 8, kind, before, after }),
        touched: vec![touch],
    }
}

/// `task` reads `value` from a word.
pub(crate) fn load(task: u32, word: u64, value: u128) -> Step {
    access(task, word, AccessKind::Load, value, value)
}

/// `task` writes a word.
pub(crate) fn store(task: u32, word: u64, before: u128, after: u128) -> Step {
    access(task, word, AccessKind::Store, before, after)
}

/// `task` reads and writes a word at once.
pub(crate) fn update(task: u32, word: u64, before: u128, after: u128) -> Step {
    access(task, word, AccessKind::Update, before, after)
}

/// `task` makes a call.
pub(crate) fn call(task: u32, call: Call) -> Step {
    Step {
        task: TaskId(task),
        code: CodeAddress(1000),
        frames: Vec::new(),
        action: Action::Call(call),
        touched: Vec::new(),
    }
}

/// `task` ends.
pub(crate) fn end(task: u32) -> Step {
    call(task, Call::End(TaskEnd::Exit(0)))
}

/// The same step at another place in the code.
pub(crate) fn at(code: u64, step: Step) -> Step {
    Step { code: CodeAddress(code), ..step }
}

/// These steps, and then the end.
pub(crate) fn execution(steps: Vec<Step>) -> Execution {
    Execution {
        steps,
        ending: Ending::Ended,
        leftovers: Vec::new(),
        unmodelled: Vec::new(),
        forbidden: Vec::new(),
        sliced: false,
        rehearsal: false,
        unmade: Vec::new(),
        shared: crate::Shared::default(),
    }
}
