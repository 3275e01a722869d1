//! One topic's part of a report, before it is written in any form.

use super::book::Book;
use super::texts::Texts;
use super::told::Told;
use crate::grade::{Graded, Reached, Verdict};
use crate::session::Coverage;
use crate::verdict::VerdictCode;

/// What a report says of one topic, or of one program.
#[derive(Clone, Debug)]
pub struct TopicReport {
    /// The topic's name, or the program's file name.
    pub name: String,
    /// What it is worth.
    pub max_points: u32,
    /// What came of it.
    pub standing: Standing,
    /// The name of the recorded schedule, if there is one.
    pub schedule: Option<String>,
    /// Which layers of confinement were active.
    pub confinement: Vec<String>,
}

/// What came of grading a topic.
#[derive(Clone, Debug)]
pub enum Standing {
    /// A verdict.
    Decided {
        /// Its code.
        verdict: VerdictCode,
        /// What there is to say.
        told: Box<Told>,
        /// How far it looked, where it passed.
        reached: Option<ReachedTold>,
        /// Executions made.
        executions: u32,
        /// The sources it quotes.
        book: Book,
    },
    /// The grader failed.
    Error(String),
}

/// How far it looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReachedTold {
    /// In this case.
    pub case: String,
    /// How far.
    pub coverage: Coverage,
    /// In so many executions.
    pub executions: u32,
}

impl TopicReport {
    /// Of a topic that was graded, or on which the grader failed.
    pub fn new<E: std::fmt::Display>(
        name: &str,
        max_points: u32,
        graded: &Result<Graded, E>,
        book: Book,
        texts: &Texts,
    ) -> Self {
        let standing = match graded {
            Ok(graded) => Standing::Decided {
                verdict: graded.verdict.code(),
                told: Box::new(Told::of(&graded.verdict, graded.executions, name, &book, texts)),
                reached: match &graded.verdict {
                    Verdict::Passed(reached) => Some(ReachedTold::of(reached)),
                    Verdict::Failed(_) | Verdict::Inconclusive(_) => None,
                },
                executions: graded.executions,
                book,
            },
            Err(error) => Standing::Error(error.to_string()),
        };
        TopicReport { name: name.to_owned(), max_points, standing, schedule: None, confinement: Vec::new() }
    }

    /// Its verdict, if the grader reached one.
    pub fn verdict(&self) -> Option<VerdictCode> {
        match &self.standing {
            Standing::Decided { verdict, .. } => Some(*verdict),
            Standing::Error(_) => None,
        }
    }

    /// Its points: all or nothing, and neither where nothing was decided.
    pub fn points(&self) -> Option<u32> {
        match self.verdict()? {
            VerdictCode::Passed => Some(self.max_points),
            VerdictCode::Inconclusive => None,
            VerdictCode::BuildError
            | VerdictCode::WrongOutput
            | VerdictCode::LostUpdate
            | VerdictCode::Deadlock
            | VerdictCode::Livelock
            | VerdictCode::Crash
            | VerdictCode::Zombie
            | VerdictCode::Orphan
            | VerdictCode::Leak
            | VerdictCode::Mechanism
            | VerdictCode::Timeout
            | VerdictCode::Forbidden => Some(0),
        }
    }

    /// One sentence.
    pub fn message(&self) -> &str {
        match &self.standing {
            Standing::Decided { told, .. } => &told.message,
            Standing::Error(error) => error,
        }
    }
}

impl ReachedTold {
    fn of(reached: &Reached) -> Self {
        ReachedTold { case: reached.case.name.clone(), coverage: reached.coverage, executions: reached.executions }
    }
}
