//! The outcome of grading a topic, with its evidence. What is written to files is another
//! type, in `report`.

use explorer::Execution;

use super::unfollowed::Unlike;
use crate::judge::{Failure, Fault, Kind};
use crate::lesson::Case;
use crate::mechanism::Rule;
use crate::session::{Coverage, Made, Right};
use crate::submission::Defect;
use crate::verdict::VerdictCode;

/// A topic that was graded.
#[derive(Clone, Debug)]
pub struct Graded {
    /// The verdict.
    pub verdict: Verdict,
    /// Executions made in all its cases.
    pub executions: u32,
}

/// The verdict.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// Nothing was found; in the case that was explored furthest, so far.
    Passed(Reached),
    /// This was found.
    Failed(Box<Failed>),
    /// This kept the grader from deciding.
    Inconclusive(Undecided),
}

/// How far a case was explored.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The case.
    pub case: Case,
    /// How far.
    pub coverage: Coverage,
    /// In so many executions.
    pub executions: u32,
    /// Of a program with so many tasks.
    pub tasks: TaskCounts,
}

/// How many tasks an execution had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCounts {
    /// Processes, the first counted.
    pub processes: usize,
    /// Threads beyond those that processes start with.
    pub threads: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The evidence.
    pub evidence: Evidence,
    /// Names the program that was built, if it was.
    pub program: Option<String>,
}

/// What speaks for a failure.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// The files are not what a program is built from.
    NotTaken(Defect),
    /// What the compiler said.
    NotCompiled(String),
    /// An execution.
    Shown(Box<Shown>),
    /// Of all executions none did what one of them must.
    NeverHeld {
        /// In this case.
        case: Case,
        /// The rule.
        rule: Box<Rule<u64>>,
        /// So many executions.
        executions: u32,
    },
}

/// A failure that was shown, and shown again.
#[derive(Clone, Debug)]
pub struct Shown {
    /// In this case.
    pub case: Case,
    /// What was wrong.
    pub failure: Failure,
    /// The rule that does not hold, where it is one.
    pub rule: Option<Rule<u64>>,
    /// What kind of mistake that is, where the verdict does not say it all.
    pub kind: Option<Kind>,
    /// The schedule, and who could have gone on at each of its choices.
    pub made: Vec<Made>,
    /// The execution, with call stacks.
    pub execution: Execution,
    /// At the how-manieth execution it was first met, from 1.
    pub met_at: u32,
    /// How it goes right, if a schedule near that one does.
    pub right: Option<Right>,
}

/// What kept the grader from deciding.
#[derive(Clone, Debug)]
pub struct Undecided {
    /// In this case.
    pub case: Case,
    /// Why.
    pub reason: Reason,
}

/// Why nothing could be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Things were met that are not modelled.
    Unmodelled {
        /// Their names.
        names: Vec<String>,
        /// What it looked like.
        like: Option<VerdictCode>,
    },
    /// What was seen may hang on where a slice of processor time ended.
    Sliced(VerdictCode),
    /// What was seen once was not seen again under the same schedule.
    Unreplayed(VerdictCode),
    /// Nothing was wrong while it was followed, and it did something else when nobody looked.
    Unfollowed(Unlike),
    /// The case demands to be explored further than it was.
    NotReached {
        /// With so many preemptions.
        wanted: u32,
        /// It was explored so far.
        coverage: Coverage,
        /// In so many executions.
        executions: u32,
        /// Of a program with so many tasks.
        tasks: TaskCounts,
    },
}

impl Verdict {
    /// Its code.
    pub fn code(&self) -> VerdictCode {
        match self {
            Verdict::Passed(_) => VerdictCode::Passed,
            Verdict::Failed(failed) => failed.evidence.code(),
            Verdict::Inconclusive(_) => VerdictCode::Inconclusive,
        }
    }
}

impl Shown {
    /// Whether the order in which tasks went on has a part in it: where the first schedule
    /// tried shows a fault, no interleaving need be to blame.
    pub fn is_by_schedule(&self) -> bool {
        let lost = matches!(self.failure.fault, Fault::LostUpdate { .. });
        lost || self.met_at > 1 || !self.made.is_empty() || self.right.is_some()
    }
}

impl Evidence {
    /// The verdict it is evidence for.
    pub fn code(&self) -> VerdictCode {
        match self {
            Evidence::NotTaken(_) | Evidence::NotCompiled(_) => VerdictCode::BuildError,
            Evidence::Shown(shown) => shown.failure.fault.code(),
            Evidence::NeverHeld { .. } => VerdictCode::Mechanism,
        }
    }

    /// The case that it comes from.
    pub fn case(&self) -> Option<&Case> {
        match self {
            Evidence::NotTaken(_) | Evidence::NotCompiled(_) => None,
            Evidence::Shown(shown) => Some(&shown.case),
            Evidence::NeverHeld { case, .. } => Some(case),
        }
    }
}
