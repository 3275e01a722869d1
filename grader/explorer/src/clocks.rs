//! Vector clocks: which steps of an execution surely came before which (Lamport 1978, Mattern
//! 1989).

use crate::TaskId;

/// How far one task has come after each of the others, counted in their steps; those left out
/// count 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    times: Vec<u32>,
}

impl Clock {
    /// The last step of `task` that came before.
    pub(crate) fn of(&self, task: TaskId) -> u32 {
        self.times.get(task.0 as usize).copied().unwrap_or_default()
    }

    /// One more step of `task`: its number, from 1.
    pub(crate) fn tick(&mut self, task: TaskId) -> u32 {
        let index = task.0 as usize;
        if self.times.len() <= index {
            self.times.resize(index + 1, 0);
        }
        self.times[index] += 1;
        self.times[index]
    }

    /// All that came before `other` came before this too.
    pub(crate) fn join(&mut self, other: &Clock) {
        if self.times.len() < other.times.len() {
            self.times.resize(other.times.len(), 0);
        }
        for (time, other) in self.times.iter_mut().zip(&other.times) {
            *time = (*time).max(*other);
        }
    }
}

/// The clocks of all tasks of an execution, started and joined by the starts and ends of tasks.
#[derive(Debug, Default)]
pub(crate) struct Clocks {
    tasks: Vec<Clock>,
}

impl Clocks {
    /// The clock of `task`.
    pub(crate) fn of(&mut self, task: TaskId) -> &mut Clock {
        let index = task.0 as usize;
        if self.tasks.len() <= index {
            self.tasks.resize(index + 1, Clock::default());
        }
        &mut self.tasks[index]
    }

    /// `maker` has made `child`: what it did before came before all that the child does.
    pub(crate) fn start(&mut self, maker: TaskId, child: TaskId) {
        let clock = self.of(maker).clone();
        *self.of(child) = clock;
    }

    /// `waiter` has learned that `child` ended.
    pub(crate) fn end(&mut self, waiter: TaskId, child: TaskId) {
        let clock = self.of(child).clone();
        self.of(waiter).join(&clock);
    }
}
