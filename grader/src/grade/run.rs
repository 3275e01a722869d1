//! Explores one run of a program and draws the conclusion.

use explorer::{Execution, TaskKind};
use supervisor::{Limits, Program, RunError};

use super::outcome::{Evidence, Failed, Reached, Reason, Shown, TaskCounts, Undecided, Verdict};
use crate::judge::{Contract, Doubt, Failure, Fault, Kind, RunJudge};
use crate::lesson::{Case, Reach};
use crate::mechanism::{Rule, Tasks};
use crate::session::{self, Coverage, Extent, Made, Right};

/// A run to be explored.
#[derive(Clone, Debug)]
pub struct Run {
    /// What to run.
    pub program: Program,
    /// As this case.
    pub case: Case,
    /// What it must do.
    pub contract: Contract,
    /// How much it may take, and reach.
    pub limits: Limits,
}

/// A run that was explored.
#[derive(Clone, Debug)]
pub struct Explored {
    /// What came of it.
    pub conclusion: Conclusion,
    /// Executions made.
    pub executions: u32,
    /// How far it looked.
    pub coverage: Coverage,
    /// The tasks of the first execution.
    pub tasks: TaskCounts,
    /// What it had to print, as lines are compared.
    pub expected: Vec<String>,
}

impl Explored {
    /// The verdict, where this run is all there is. `program` names what was built, if it was.
    pub fn verdict(self, case: Case, program: Option<String>) -> Verdict {
        match self.conclusion {
            Conclusion::Passed => {
                let Explored { coverage, executions, tasks, .. } = self;
                Verdict::Passed(Reached { case, coverage, executions, tasks })
            }
            Conclusion::Failed(evidence) => Verdict::Failed(Box::new(Failed { evidence, program })),
            Conclusion::Undecided(reason) => Verdict::Inconclusive(Undecided { case, reason }),
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub enum Conclusion {
    /// Nothing was found.
    Passed,
    /// This was found.
    Failed(Evidence),
    /// This kept the grader from deciding.
    Undecided(Reason),
}

impl Run {
    /// Explores it. `wanted` says how many executions without a finding are wanted by now.
    ///
    /// # Errors
    /// Where the supervisor could not do its work, and [`RunError::Interrupted`] where none are
    /// wanted any more.
    pub fn explore(&self, wanted: &dyn Fn() -> u32) -> Result<Explored, RunError> {
        let mut judge = RunJudge::new(self.contract.clone());
        let (bounds, scope) = (self.case.bounds, self.case.scope);
        let explored = session::explore(&self.program, &self.limits, bounds, scope, &mut judge, wanted)?;
        Ok(Explored {
            executions: explored.executions,
            coverage: explored.coverage,
            tasks: TaskCounts::of(&explored.first),
            expected: judge.expected().to_vec(),
            conclusion: self.conclude(&judge, explored),
        })
    }

    /// What one execution under a schedule shows, if anything is wrong with it.
    pub fn shown(&self, execution: Execution, made: Vec<Made>, met_at: u32, right: Option<Right>) -> Option<Shown> {
        let failure = RunJudge::new(self.contract.clone()).examine(&execution)?;
        Some(self.show(failure, execution, made, met_at, right))
    }

    /// The verdict after one execution in which nothing was wrong.
    pub fn one_passed(&self, execution: &Execution) -> Verdict {
        let coverage = Coverage { scope: self.case.scope, ..Coverage::of(Extent::Some(1)) };
        let tasks = TaskCounts::of(execution);
        Verdict::Passed(Reached { case: self.case.clone(), coverage, executions: 1, tasks })
    }

    fn show(
        &self,
        failure: Failure,
        execution: Execution,
        made: Vec<Made>,
        met_at: u32,
        right: Option<Right>,
    ) -> Shown {
        let rule = self.rule_of(&failure.fault);
        let kind = Kind::of(&failure.fault, &execution, right.as_ref().map(|right| &right.execution));
        Shown { case: self.case.clone(), rule, failure, kind, made, execution, met_at, right }
    }

    fn conclude(&self, judge: &RunJudge, explored: session::Explored<Failure>) -> Conclusion {
        if let Some(finding) = explored.finding {
            let session::Finding { failure, made, execution, met_at, right, .. } = finding;
            let shown = self.show(failure, execution, made, met_at, right);
            return Conclusion::Failed(Evidence::Shown(Box::new(shown)));
        }
        if let Some(doubt) = judge.doubts().max_by_key(|doubt| match doubt {
            Doubt::Sliced(code) | Doubt::Unmodelled(code) => *code,
        }) {
            return Conclusion::Undecided(match doubt {
                Doubt::Sliced(code) => Reason::Sliced(code),
                Doubt::Unmodelled(code) => Reason::Unmodelled { names: explored.unmodelled, like: Some(code) },
            });
        }
        if let Some(unreplayed) = explored.unreplayed {
            return Conclusion::Undecided(Reason::Unreplayed(unreplayed.fault.code()));
        }
        if !explored.unmodelled.is_empty() {
            return Conclusion::Undecided(Reason::Unmodelled { names: explored.unmodelled, like: None });
        }
        // A few executions show a few schedules: what is possible in others they cannot tell.
        const FEW: u32 = 20;
        let tells = !matches!(explored.coverage.extent, Extent::Some(schedules) if schedules < FEW);
        if let Some(rule) = judge.never_held().first().filter(|_| tells).and_then(|rule| self.contract.rules.get(*rule))
        {
            return Conclusion::Failed(Evidence::NeverHeld {
                case: self.case.clone(),
                rule: Box::new(rule.clone()),
                executions: explored.executions,
            });
        }
        let wanted = self.case.bounds.preemptions;
        match self.case.reach {
            Reach::Whole if !reaches(explored.coverage.extent, wanted) => {
                let tasks = TaskCounts::of(&explored.first);
                let (coverage, executions) = (explored.coverage, explored.executions);
                Conclusion::Undecided(Reason::NotReached { wanted, coverage, executions, tasks })
            }
            Reach::Whole | Reach::Partial => Conclusion::Passed,
        }
    }

    fn rule_of(&self, fault: &Fault) -> Option<Rule<u64>> {
        match fault {
            Fault::Mechanism { rule, .. } => self.contract.rules.get(*rule).cloned(),
            Fault::Forbidden(_)
            | Fault::TooMuch(_)
            | Fault::Deadlock(_)
            | Fault::Livelock { .. }
            | Fault::Timeout(_)
            | Fault::Crash(_)
            | Fault::Orphan { .. }
            | Fault::Zombie(_)
            | Fault::LostUpdate { .. }
            | Fault::WrongOutput { .. }
            | Fault::Leak(_) => None,
        }
    }
}

/// Whether a search has tried every schedule with so many preemptions.
fn reaches(extent: Extent, preemptions: u32) -> bool {
    match extent {
        Extent::Exhaustive => true,
        Extent::Preemptions(tried) => tried >= preemptions,
        Extent::Some(_) => false,
    }
}

impl TaskCounts {
    /// Those of an execution.
    pub fn of(execution: &Execution) -> Self {
        let tasks = Tasks::of(execution);
        TaskCounts { processes: tasks.count(TaskKind::Process), threads: tasks.count(TaskKind::Thread) }
    }
}
