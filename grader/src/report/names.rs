//! What tasks are called: the parent, process 1, thread 1 of process 2.

use std::collections::BTreeMap;

use explorer::{Execution, TaskEnd, TaskId, TaskKind};
use nix::sys::signal::Signal;

use super::texts::Texts;
use crate::mechanism::{Process, Tasks};

/// The exit code of a Rust program that panicked.
pub const PANIC: i32 = 101;

/// The names of an execution's tasks, in one language.
pub struct Names<'a> {
    texts: &'a Texts,
    names: BTreeMap<TaskId, String>,
    /// The execution's family.
    pub tasks: Tasks,
}

impl<'a> Names<'a> {
    /// Names them in the order in which they were made.
    pub fn of(execution: &Execution, texts: &'a Texts) -> Self {
        let tasks = Tasks::of(execution);
        let mut names = BTreeMap::from([(TaskId::FIRST, texts.say("parent"))]);
        let mut threads: BTreeMap<Process, u64> = BTreeMap::new();
        let mut processes = 0u64;
        for (task, _, kind) in execution.started() {
            let name = match kind {
                TaskKind::Process => {
                    processes += 1;
                    texts.with("process", [("number", processes.into())])
                }
                TaskKind::Thread => {
                    let process = tasks.process(task);
                    let number = threads.entry(process).or_insert(0);
                    *number += 1;
                    match names.get(&process.0).filter(|_| process != Process::FIRST) {
                        None => texts.with("thread", [("number", (*number).into())]),
                        Some(owner) => {
                            texts.with("thread-of", [("number", (*number).into()), ("process", owner.into())])
                        }
                    }
                }
            };
            names.insert(task, name);
        }
        Names { texts, names, tasks }
    }

    /// A task's name.
    pub fn task(&self, task: TaskId) -> String {
        let number = || self.texts.with("process", [("number", u64::from(task.0).into())]);
        self.names.get(&task).cloned().unwrap_or_else(number)
    }

    /// Several tasks' names, as a list.
    pub fn list(&self, tasks: &[TaskId]) -> String {
        let names: Vec<_> = tasks.iter().map(|task| self.task(*task)).collect();
        self.texts.list(&names)
    }
}

/// A signal with its name: `9 (SIGKILL)`.
pub fn signal(number: i32) -> String {
    Signal::try_from(number).map_or_else(|_| number.to_string(), |signal| format!("{number} ({signal})"))
}

/// How a task had ended.
pub fn had_ended(end: TaskEnd, texts: &Texts) -> String {
    match end {
        TaskEnd::Signal(number) => texts.with("was-ended-by", [("signal", (&signal(number)).into())]),
        TaskEnd::Exit(PANIC) => texts.say("panicked"),
        TaskEnd::Exit(code) => texts.with("had-ended-with", [("code", (&code.to_string()).into())]),
    }
}
