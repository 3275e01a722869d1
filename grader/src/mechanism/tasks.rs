//! Who made whom, when each ended, and who waited for it.

use std::collections::BTreeMap;

use explorer::{Action, Call, Execution, TaskEnd, TaskId, TaskKind};

/// A process, named by its first task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Process(pub TaskId);

impl Process {
    /// The one that the program starts with.
    pub const FIRST: Process = Process(TaskId::FIRST);
}

/// The tasks of one execution.
#[derive(Clone, Debug)]
pub struct Tasks {
    all: BTreeMap<TaskId, Task>,
}

/// A task, with the steps (from 0) at which its life changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The process it belongs to.
    pub process: Process,
    /// What kind of task it is.
    pub kind: TaskKind,
    /// The process that made it; none for the first.
    pub maker: Option<Process>,
    /// When it was made.
    pub started: usize,
    /// When and how it ended.
    pub ended: Option<(usize, TaskEnd)>,
    /// When its end was taken notice of.
    pub reaped: Option<Reaped>,
}

/// How a child's end was taken notice of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// Somebody waited for it.
    Waited(usize),
    /// By itself, since its parent ignores SIGCHLD.
    Alone(usize),
}

impl Tasks {
    /// From what happened.
    pub fn of(execution: &Execution) -> Self {
        let first = Task {
            process: Process::FIRST,
            kind: TaskKind::Process,
            maker: None,
            started: 0,
            ended: None,
            reaped: None,
        };
        let mut tasks = Tasks { all: BTreeMap::from([(TaskId::FIRST, first)]) };
        // The last step at which each process is known to wait for a child.
        let mut waiting: BTreeMap<Process, usize> = BTreeMap::new();
        for (at, step) in execution.steps.iter().enumerate() {
            let Action::Call(call) = &step.action else { continue };
            let actor = tasks.process(step.task);
            match call {
                Call::Start { child, kind } => {
                    let process = match kind {
                        TaskKind::Process => Process(*child),
                        TaskKind::Thread => actor,
                    };
                    waiting.remove(&actor);
                    let task =
                        Task { process, kind: *kind, maker: Some(actor), started: at, ended: None, reaped: None };
                    tasks.all.insert(*child, task);
                }
                Call::WaitForChild => {
                    waiting.insert(actor, at);
                }
                Call::End(end) => {
                    if let Some(task) = tasks.all.get_mut(&step.task) {
                        task.ended.get_or_insert((at, *end));
                    }
                }
                Call::Reap { child } => {
                    if let Some(task) = tasks.all.get_mut(child) {
                        // A child that is cleared away the moment it ends, while nobody is
                        // known to wait, was not waited for.
                        let at_its_end = task.ended.is_some_and(|(end, _)| end + 1 == at);
                        let alone = step.task == *child || at_its_end && !waiting.contains_key(&actor);
                        task.reaped.get_or_insert(if alone { Reaped::Alone(at) } else { Reaped::Waited(at) });
                    }
                }
                Call::Execute { .. }
                | Call::Send { .. }
                | Call::Receive { .. }
                | Call::File(_)
                | Call::Print { .. }
                | Call::Input { .. }
                | Call::LockFile { .. }
                | Call::UnlockFile { .. }
                | Call::FutexWait { .. }
                | Call::FutexWake { .. }
                | Call::Sleep { .. }
                | Call::Yield
                | Call::Fault(_)
                | Call::Signal { .. }
                | Call::Other { .. } => {}
            }
        }
        tasks
    }

    /// The process that a task belongs to.
    pub fn process(&self, task: TaskId) -> Process {
        self.all.get(&task).map_or(Process(task), |found| found.process)
    }

    /// One task.
    pub fn get(&self, task: TaskId) -> Option<&Task> {
        self.all.get(&task)
    }

    /// Every process but the first, in the order made.
    pub fn children(&self) -> impl Iterator<Item = (Process, &Task)> {
        let processes = self.all.iter().filter(|(_, task)| task.kind == TaskKind::Process && task.maker.is_some());
        processes.map(|(id, task)| (Process(*id), task))
    }

    /// The threads of a process, its first not counted.
    pub fn threads(&self, process: Process) -> impl Iterator<Item = (TaskId, &Task)> {
        let threads = self.all.iter().filter(move |(_, task)| task.kind == TaskKind::Thread && task.process == process);
        threads.map(|(id, task)| (*id, task))
    }

    /// How many tasks there were of a kind, the first counted.
    pub fn count(&self, kind: TaskKind) -> usize {
        self.all.values().filter(|task| task.kind == kind).count()
    }
}
