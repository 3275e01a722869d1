//! Exit codes.

use std::process::ExitCode;

use crate::interrupt;
use crate::report::TopicReport;
use crate::verdict::VerdictCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All passed, or did what they were asked.
    Passed,
    /// A topic failed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// Something is undecided, and nothing failed.
    Undecided,
    /// The grader itself failed.
    GraderFailed,
    /// The user asked to stop.
    Interrupted,
}

impl Exit {
    /// After these topics.
    pub fn of(topics: &[TopicReport]) -> Self {
        let verdicts: Vec<_> = topics.iter().map(TopicReport::verdict).collect();
        let fails = |code: VerdictCode| code != VerdictCode::Passed && code != VerdictCode::Inconclusive;
        if verdicts.contains(&None) {
            Exit::GraderFailed
        } else if verdicts.iter().flatten().any(|code| fails(*code)) {
            Exit::Failed
        } else if verdicts.contains(&Some(VerdictCode::Inconclusive)) {
            Exit::Undecided
        } else {
            Exit::Passed
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Passed => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Undecided => 3,
            Exit::GraderFailed => 70,
            Exit::Interrupted => interrupt::EXIT_CODE,
        })
    }
}
