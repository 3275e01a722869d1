//! Schedules, and how far a search over them goes.

use std::sync::Arc;

use crate::{Decision, Fault, Ready, TaskId};

/// One choice that differs from what the default policy would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Choice {
    /// At the how-manieth choice point of the execution, from 0.
    pub point: u64,
    /// Who goes on there.
    pub task: TaskId,
    /// How.
    pub way: Way,
}

/// How a task takes its next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// As the program asks.
    Plain,
    /// It fails.
    Fails(Fault),
    /// It is a store, and waits in the task's buffer.
    Delays,
}

impl Choice {
    /// `task` simply goes on.
    pub fn plain(point: u64, task: TaskId) -> Choice {
        Choice { point, task, way: Way::Plain }
    }

    /// Whether it can be made where these tasks could go on.
    pub(crate) fn is_possible(self, ready: &[Ready]) -> bool {
        ready.iter().filter(|ready| ready.task == self.task).any(|ready| match self.way {
            Way::Plain => true,
            Way::Fails(fault) => ready.faults.contains(&fault),
            Way::Delays => ready.stores() && !self.task.is_buffer(),
        })
    }

    /// The same as an answer.
    pub fn decision(self) -> Decision {
        match self.way {
            Way::Plain => Decision::Run(self.task),
            Way::Fails(fault) => Decision::Fail(self.task, fault),
            Way::Delays => Decision::Delay(self.task),
        }
    }
}

/// A schedule: the default policy, but for these choices, in the order of their points.
pub type Schedule = Vec<Choice>;

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Every schedule with up to so many preemptions.
    pub preemptions: u32,
    /// At most so many executions.
    pub executions: u32,
}

/// How far a search looked.
///
/// All schedules means: all that are fair. A task that offers to let others go first, or
/// that reads again what it has just read, may be let go on at once (which counts as a
/// preemption), but not time and again with nobody else moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Every schedule.
    Exhaustive,
    /// Every schedule with up to so many preemptions.
    Preemptions(u32),
    /// So many schedules, the likely ones first.
    Sampled(u32),
}

/// A schedule that shares its beginning with those it was made from.
#[derive(Debug)]
pub(crate) struct Path {
    before: Option<Arc<Path>>,
    choice: Choice,
    length: usize,
}

impl Path {
    /// `before`, and then `choice`.
    pub(crate) fn then(before: Option<Arc<Path>>, choice: Choice) -> Arc<Path> {
        let length = before.as_ref().map_or(0, |path| path.length) + 1;
        Arc::new(Path { before, choice, length })
    }

    /// The choices, in order.
    pub(crate) fn choices(path: Option<&Arc<Path>>) -> Schedule {
        let mut choices = Vec::with_capacity(path.map_or(0, |path| path.length));
        let mut rest = path;
        while let Some(path) = rest {
            choices.push(path.choice);
            rest = path.before.as_ref();
        }
        choices.reverse();
        choices
    }
}
