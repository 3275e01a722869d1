//! Made-up executions for tests: what a supervisor would have recorded.

use std::collections::HashMap;

use explorer::{
    Access, AccessKind, Action, Call, CodeAddress, Ending, Execution, Frame, Leftover, Location, ObjectId, Step,
    Stream, TaskEnd, TaskId, TaskKind, Touch,
};

/// An execution in the making. All memory is one object; places are 8-byte words.
#[derive(Clone)]
pub(crate) struct MadeUp {
    execution: Execution,
    memory: HashMap<u64, u8>,
    line: u32,
}

const MEMORY: ObjectId = ObjectId(1);
const PIPE: ObjectId = ObjectId(2);

impl MadeUp {
    pub(crate) fn new() -> Self {
        let execution = Execution {
            steps: Vec::new(),
            ending: Ending::Ended,
            leftovers: Vec::new(),
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            rehearsal: false,
            unmade: Vec::new(),
            shared: explorer::Shared::default(),
        };
        MadeUp { execution, memory: HashMap::new(), line: 0 }
    }

    pub(crate) fn done(&self) -> Execution {
        self.execution.clone()
    }

    fn step(mut self, task: u32, action: Action) -> Self {
        let frames = match self.line {
            0 => Vec::new(),
            line => vec![Frame {
                function: Some("main".into()),
                file: "exercises/04_locks/src/main.rs".into(),
                line,
                column: 9,
            }],
        };
        let touched = match &action {
            Action::Access(Access { kind: AccessKind::Load, location, .. }) => vec![Touch::Read(*location)],
            Action::Access(Access { location, .. }) => vec![Touch::Write(*location)],
            Action::Call(_) => Vec::new(),
        };
        let step = Step { task: TaskId(task), code: CodeAddress(0), frames, action, touched };
        self.execution.steps.push(step);
        self
    }

    fn call(self, task: u32, call: Call) -> Self {
        self.step(task, Action::Call(call))
    }

    /// The steps that follow come from this line.
    pub(crate) fn line(mut self, line: u32) -> Self {
        self.line = line;
        self
    }

    pub(crate) fn start(self, maker: u32, child: u32) -> Self {
        self.call(maker, Call::Start { child: TaskId(child), kind: TaskKind::Process })
    }

    pub(crate) fn thread(self, maker: u32, child: u32) -> Self {
        self.call(maker, Call::Start { child: TaskId(child), kind: TaskKind::Thread })
    }

    pub(crate) fn end(self, task: u32) -> Self {
        self.end_with(task, TaskEnd::Exit(0))
    }

    pub(crate) fn end_with(self, task: u32, end: TaskEnd) -> Self {
        self.call(task, Call::End(end))
    }

    pub(crate) fn wait(self, task: u32) -> Self {
        self.call(task, Call::WaitForChild)
    }

    pub(crate) fn reap(self, task: u32, child: u32) -> Self {
        self.call(task, Call::Reap { child: TaskId(child) })
    }

    pub(crate) fn print(self, task: u32, text: &str) -> Self {
        self.call(task, Call::Print { stream: Stream::Out, bytes: text.into() })
    }

    pub(crate) fn receive(self, task: u32, from: &[(u32, u64)]) -> Self {
        let bytes = from.iter().map(|(_, bytes)| bytes).sum();
        let from = from.iter().map(|(task, bytes)| (TaskId(*task), *bytes)).collect();
        self.call(task, Call::Receive { object: PIPE, bytes, from })
    }

    pub(crate) fn sleep_on(self, task: u32, word: u64) -> Self {
        self.call(task, Call::FutexWait { location: Location { object: MEMORY, word } })
    }

    pub(crate) fn wake(self, task: u32, word: u64, woken: &[u32]) -> Self {
        let woken = woken.iter().copied().map(TaskId).collect();
        self.call(task, Call::FutexWake { location: Location { object: MEMORY, word }, woken })
    }

    fn value(&self, offset: u64, size: u32) -> u128 {
        let bytes = (0..u64::from(size)).map(|n| (n, self.memory.get(&(offset + n)).copied().unwrap_or(0)));
        bytes.fold(0, |value, (n, byte)| value | u128::from(byte) << (n * 8))
    }

    fn access(self, task: u32, offset: u64, size: u32, kind: AccessKind, before: u128, after: u128) -> Self {
        let location = Location { object: MEMORY, word: offset / 8 };
        self.step(task, Action::Access(Access { location, offset, size, kind, before, after }))
    }

    pub(crate) fn load(self, task: u32, word: u64) -> Self {
        let value = self.value(word * 8, 8);
        self.access(task, word * 8, 8, AccessKind::Load, value, value)
    }

    pub(crate) fn store(self, task: u32, word: u64, value: u128) -> Self {
        self.store_bytes(task, word * 8, 8, value)
    }

    pub(crate) fn store_bytes(mut self, task: u32, offset: u64, size: u32, value: u128) -> Self {
        let before = self.value(offset, size);
        for n in 0..u64::from(size) {
            self.memory.insert(offset + n, (value >> (n * 8)) as u8);
        }
        self.access(task, offset, size, AccessKind::Store, before, value)
    }

    pub(crate) fn ending(mut self, ending: Ending) -> Self {
        self.execution.ending = ending;
        self
    }

    pub(crate) fn leftover(mut self, leftover: Leftover) -> Self {
        self.execution.leftovers.push(leftover);
        self
    }

    pub(crate) fn unmodelled(mut self, name: &str) -> Self {
        self.execution.unmodelled.push(name.into());
        self
    }

    pub(crate) fn forbidden(mut self, what: &str) -> Self {
        self.execution.forbidden.push(what.into());
        self
    }

    pub(crate) fn sliced(mut self) -> Self {
        self.execution.sliced = true;
        self
    }
}
