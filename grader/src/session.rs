//! Explores the schedules of one program run: makes executions, has each judged, and keeps
//! the finding that decides, shrunk and replayed. Never prints, and knows no lesson.

use explorer::Execution;
use supervisor::{Limits, Program, RunError};

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
pub enum Coverage {
    /// Every schedule.
    Exhaustive,
    /// Every schedule with up to so many preemptions.
    Preemptions(u32),
    /// So many schedules, the likely ones first.
    Sampled(u32),
}

/// What a judge has against an execution. Failures are ordered: the greater one is nearer
/// the cause and decides.
pub trait Judge {
    /// What can be wrong with an execution.
    type Failure: Clone;
    /// What is wrong with this one.
    fn judge(&mut self, execution: &Execution) -> Option<Self::Failure>;
    /// How near the cause a failure is: the greatest decides.
    fn rank(&self, failure: &Self::Failure) -> u32;
    /// Whether two failures are the same one, met again (in a replay, or while shrinking).
    fn same(&self, one: &Self::Failure, other: &Self::Failure) -> bool;
}

/// One choice that differs from what the scheduler would do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// At the how-manieth choice point of the execution, from 0.
    pub point: u64,
    /// Who goes on there.
    pub task: explorer::TaskId,
}

/// A schedule: the default one, but for these choices, in the order of their points.
pub type Schedule = Vec<Choice>;

/// A failure that was shown, shrunk, and shown again.
#[derive(Clone, Debug)]
pub struct Finding<F> {
    /// What is wrong.
    pub failure: F,
    /// The schedule that shows it: the fewest choices found.
    pub schedule: Schedule,
    /// Switches away from a task that could have gone on, in that schedule.
    pub preemptions: u32,
    /// The replayed execution, with call stacks.
    pub execution: Execution,
    /// At the how-manieth execution of the search it was first met, from 1.
    pub met_at: u32,
}

/// The end of a search.
#[derive(Clone, Debug)]
pub struct Explored<F> {
    /// Executions made, those for shrinking and replaying not counted.
    pub executions: u32,
    /// How far it looked.
    pub coverage: Coverage,
    /// What decides, if anything was wrong.
    pub finding: Option<Finding<F>>,
    /// A failure was met that did not come again in its replay: the name of what was met.
    /// Never a reason to accuse.
    pub unreplayed: Option<F>,
    /// The first execution, under the default schedule.
    pub first: Execution,
    /// Everything met in any execution that is not modelled, each once.
    pub unmodelled: Vec<String>,
}

/// Explores `program` within `bounds`.
///
/// # Errors
/// Only where the supervisor could not do its work.
pub fn explore<J: Judge>(program: &Program, limits: &Limits, bounds: Bounds, judge: &mut J) -> Result<Explored<J::Failure>, RunError> {
    let _ = (program, limits, bounds, judge);
    Err(RunError::Unsupported("not there yet".into()))
}

/// Runs one given schedule, with call stacks.
///
/// # Errors
/// Only where the supervisor could not do its work, or reality differs from the schedule.
pub fn replay(program: &Program, limits: &Limits, schedule: &Schedule) -> Result<Execution, RunError> {
    let _ = (program, limits, schedule);
    Err(RunError::Unsupported("not there yet".into()))
}
