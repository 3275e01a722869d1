//! What a case must print: from its golden file, or from the reference solution.

use std::sync::{Mutex, PoisonError};

use crate::build::{BuildError, Builder, Built};
use crate::comparison::Expected;
use crate::course::{Course, Topic};
use crate::golden::GoldenError;
use crate::lesson::Case;
use crate::plain::{self, PlainError, PlainRun};
use crate::submission::{self, ReadError};

/// Why it is not known what a case must print.
#[derive(Debug, thiserror::Error)]
pub enum ExpectationError {
    /// Its golden file.
    #[error(transparent)]
    Golden(#[from] GoldenError),
    /// The reference solution cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Its files are not what a program is built from.
    #[error("the files of the reference solution of `{0}` cannot be used")]
    Unusable(String),
    /// It does not compile.
    #[error("the reference solution of `{topic}` does not compile:\n{messages}")]
    NotCompiled {
        /// Whose.
        topic: String,
        /// What the compiler said.
        messages: String,
    },
    /// The compiler could not be asked.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It cannot be run.
    #[error("the reference solution of `{topic}`, case `{case}`: {source}")]
    NotRun {
        /// Whose.
        topic: String,
        /// In which case.
        case: String,
        /// Why.
        source: PlainError,
    },
    /// It ends in another way than the case says.
    #[error("the reference solution of `{topic}`, case `{case}`, ended with {status}")]
    Ended {
        /// Whose.
        topic: String,
        /// In which case.
        case: String,
        /// How.
        status: String,
    },
}

/// The reference solution of one topic, built when it is first needed.
#[derive(Debug)]
pub(super) struct Reference<'a> {
    course: &'a Course,
    builder: &'a Builder,
    topic: &'a Topic,
    built: Mutex<Option<Built>>,
}

impl<'a> Reference<'a> {
    pub(super) fn new(course: &'a Course, builder: &'a Builder, topic: &'a Topic) -> Self {
        Reference { course, builder, topic, built: Mutex::new(None) }
    }

    /// What the golden file of a case holds.
    pub(super) fn golden(&self, case: &Case) -> Result<Expected, ExpectationError> {
        let body = self.course.golden(self.topic, &case.name)?;
        Ok(Expected::new(&self.topic.lesson.output, body.as_bytes()))
    }

    /// What the reference solution prints.
    pub(super) fn generated(&self, case: &Case) -> Result<Expected, ExpectationError> {
        Ok(Expected::new(&self.topic.lesson.output, &self.run(case)?.output))
    }

    /// Runs the reference solution.
    pub(super) fn run(&self, case: &Case) -> Result<PlainRun, ExpectationError> {
        let (topic, name) = (self.topic.lesson.name.clone(), case.name.clone());
        let built = self.built()?;
        match plain::run(&built.program, &case.args, &case.input) {
            Ok(run) if run.status.code() == Some(case.exit) => Ok(run),
            Ok(run) => Err(ExpectationError::Ended { topic, case: name, status: run.status.to_string() }),
            Err(source) => Err(ExpectationError::NotRun { topic, case: name, source }),
        }
    }

    fn built(&self) -> Result<Built, ExpectationError> {
        let mut known = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = &*known {
            return Ok(built.clone());
        }
        let topic = self.topic.lesson.name.clone();
        let sources = submission::read(&self.course.solution(self.topic))?;
        let sources = sources.map_err(|_| ExpectationError::Unusable(topic.clone()))?;
        let place = format!("solutions/{}", self.topic.folder);
        let built = self.builder.build(self.topic, &place, &sources)?;
        let built = built.map_err(|failed| ExpectationError::NotCompiled { topic, messages: failed.messages })?;
        Ok(known.insert(built).clone())
    }
}
