//! Explores the schedules of one program run: makes executions, has each judged, and keeps
//! the finding that decides, shrunk and replayed. Never prints, and knows no lesson.

mod nearest;
mod search;
#[cfg(test)]
mod tests;

use explorer::{Execution, Fault, Replay, Shared};
use supervisor::{Limits, Program, RunError, Runner, Stacks};

pub use explorer::{Bounds, Choice, Coverage, Extent, Made, Samples, Schedule, Scope};

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
    /// Whether an execution is one that shows how it goes right, without any doubt.
    fn is_right(&self, _execution: &Execution) -> bool {
        false
    }
    /// The rank of a failure after which nothing nearer the cause is looked for.
    fn decisive_rank(&self) -> u32 {
        u32::MAX
    }
}

/// A failure that was shown, shrunk, and shown again.
#[derive(Clone, Debug)]
pub struct Finding<F> {
    /// What is wrong.
    pub failure: F,
    /// The schedule that shows it: the fewest choices found, and who could have gone on there.
    pub made: Vec<Made>,
    /// Switches away from a task that could have gone on, in that schedule.
    pub preemptions: u32,
    /// The replayed execution, with call stacks.
    pub execution: Execution,
    /// At the how-manieth execution of the search it was first met, from 1.
    pub met_at: u32,
    /// How it goes right, if a schedule near that one does.
    pub right: Option<Right>,
}

/// A schedule that goes right.
#[derive(Clone, Debug)]
pub struct Right {
    /// Its choices.
    pub made: Vec<Made>,
    /// What came of it, with call stacks.
    pub execution: Execution,
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

/// Explores `program` within `bounds`, taking `scope` into account; at least one execution is
/// made. `wanted` says, before each, how many without a finding are wanted by now.
///
/// # Errors
/// Where the supervisor could not do its work, and [`RunError::Interrupted`] where none are
/// wanted any more.
pub fn explore<J: Judge>(
    program: &Program,
    limits: &Limits,
    bounds: Bounds,
    scope: Scope,
    judge: &mut J,
    wanted: &dyn Fn() -> u32,
) -> Result<Explored<J::Failure>, RunError> {
    let limits = Limits { faults: scope.faults, ..*limits };
    let mut runner = Runner::new(program, &limits)?;
    runner.set_shared(Shared { threads: scope.threads, ..Shared::default() });
    let run = |stacks: Stacks, scheduler: &mut dyn explorer::Scheduler| {
        if wanted() > 0 { runner.run(stacks, scheduler) } else { Err(RunError::Interrupted) }
    };
    search::search(run, bounds, scope, judge, wanted)
}

/// Runs one given schedule, with call stacks.
///
/// # Errors
/// Where the supervisor could not do its work, and [`RunError::Program`] where the program
/// cannot do what the schedule says: it is not the one that the schedule was recorded from.
pub fn replay(program: &Program, limits: &Limits, shared: &Shared, made: &[Made]) -> Result<Execution, RunError> {
    let mut replay = Replay::recorded(made.to_vec());
    // what the schedule says is to fail must be offered
    let limits = Limits { faults: Fault::ALL.into_iter().collect(), ..*limits };
    let mut runner = Runner::new(program, &limits)?;
    runner.set_shared(shared.clone());
    let execution = runner.run(Stacks::Recorded, &mut replay)?;
    match replay.divergence() {
        None => Ok(execution),
        Some(divergence) => Err(RunError::Program {
            path: program.path.clone(),
            reason: format!("it does not do what was recorded: {divergence}"),
        }),
    }
}
