//! Schedules, and how far a search over them goes.

use std::sync::Arc;

use crate::{Decision, Fault, Ready, Scope, TaskId, Threads};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Which schedules.
    pub extent: Extent,
    /// The random ones, where the search was too large to come to its end.
    pub samples: Option<Samples>,
    /// What was taken into account.
    pub scope: Scope,
    /// What was seen of threads.
    pub threads: Threads,
}

impl Coverage {
    /// Without samples, of the usual scope, and with nothing unseen.
    pub fn of(extent: Extent) -> Coverage {
        Coverage { extent, samples: None, scope: Scope::default(), threads: Threads::Followed }
    }
}

/// Bugs of this depth are what samples are aimed at: those that so many ordering constraints
/// between steps are enough for. Deeper ones are rare (Burckhardt et al., 2010).
pub(crate) const DEPTH: u32 = 3;

/// Random schedules, made in addition to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Samples {
    /// How many.
    pub count: u32,
    /// The depth of the bugs that they are aimed at.
    pub depth: u32,
    /// The most tasks that an execution had.
    pub tasks: u32,
    /// The most choice points that an execution had.
    pub points: u64,
}

impl Samples {
    /// The probability with which a bug of that depth would have been met, at least: for one
    /// sample 1 / (tasks * points ^ (depth - 1)) (Burckhardt et al., 2010).
    pub fn probability(&self) -> f64 {
        let exponent = i32::try_from(self.depth.saturating_sub(1)).unwrap_or(i32::MAX);
        let schedules = f64::from(self.tasks.max(1)) * (self.points.max(1) as f64).powi(exponent);
        // 1 - (1 - p)^count, without the loss of precision that a tiny p brings.
        -(f64::from(self.count) * (-1.0 / schedules).ln_1p()).exp_m1()
    }
}

/// Which schedules were tried.
///
/// All schedules means: all that are fair. A task that offers to let others go first, or
/// that reads again what it has just read, may be let go on at once (which counts as a
/// preemption), but not time and again with nobody else moving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Every schedule.
    Exhaustive,
    /// Every schedule with up to so many preemptions.
    Preemptions(u32),
    /// So many schedules, the likely ones first; samples counted too.
    Some(u32),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_samples_make_a_bug_more_likely_to_be_met() {
        let met = |count, tasks, points| Samples { count, depth: DEPTH, tasks, points }.probability();
        assert_eq!(met(0, 3, 10), 0.0);
        assert!((met(1, 2, 10) - 1.0 / 200.0).abs() < 1e-12);
        assert!((met(200, 2, 10) - 0.633).abs() < 1e-3);
        assert!(met(1, 32, 100_000) > 0.0 && met(1, 32, 100_000) < 1e-11);
        assert!(met(u32::MAX, 1, 1) <= 1.0);
    }
}
