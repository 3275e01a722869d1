//! The course tests itself: golden files, starters, solutions and mutants are as declared.

use std::path::Path;

use crate::comparison::Expected;
use crate::course::{Course, Topic};
use crate::grade::{Depth, GradeError, Grader, Subject};
use crate::lesson::Mutant;
use crate::submission::{self, Defect, ReadError, Sources};
use crate::verdict::VerdictCode;

/// One thing to check.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Of this topic.
    pub topic: &'a Topic,
    /// This.
    pub what: What<'a>,
}

/// What there is to check of a topic.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// The reference solution prints what the golden files hold.
    Golden,
    /// The starter gets its verdict.
    Starter,
    /// The reference solution passes.
    Solution,
    /// The broken solution gets its verdict.
    Mutant(&'a Mutant),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It is as declared.
    Right(Option<VerdictCode>),
    /// A golden file of this case differs from what the solution prints.
    Golden {
        /// The case.
        case: String,
        /// The difference.
        diff: String,
    },
    /// Another verdict.
    Verdict {
        /// Declared.
        declared: VerdictCode,
        /// Given.
        given: VerdictCode,
    },
    /// The mutant's text is not in the solution exactly once.
    NotOnce(usize),
}

/// Everything there is to check of these topics.
pub fn items<'a>(topics: &[&'a Topic]) -> Vec<Item<'a>> {
    let of = |topic: &&'a Topic| {
        let topic = *topic;
        let fixed = [What::Golden, What::Starter, What::Solution];
        let mutants = topic.lesson.mutants.iter().map(What::Mutant);
        fixed.into_iter().chain(mutants).map(move |what| Item { topic, what })
    };
    topics.iter().flat_map(of).collect()
}

/// Checks one.
///
/// # Errors
/// Where the grader itself failed.
pub fn check(item: &Item<'_>, course: &Course, grader: &Grader<'_>) -> Result<Checked, GradeError> {
    let topic = item.topic;
    let solution = || read(&course.solution(topic));
    let of_exercise = format!("exercises/{}", topic.folder);
    let of_solution = format!("solutions/{}", topic.folder);
    match item.what {
        What::Golden => golden(topic, course, grader),
        What::Starter => {
            let sources = read(&course.exercise(topic))?;
            verdict(topic, of_exercise, sources, topic.lesson.starter, Depth::UntilCause, grader)
        }
        What::Solution => verdict(topic, of_solution, solution()?, VerdictCode::Passed, Depth::UntilCause, grader),
        What::Mutant(mutant) => {
            let sources = match solution()? {
                Ok(mut sources) => {
                    let text = sources.text("main.rs").unwrap_or_default();
                    let found = text.matches(&mutant.find).count();
                    if found != 1 {
                        return Ok(Checked::NotOnce(found));
                    }
                    let mutated = text.replacen(&mutant.find, &mutant.put, 1);
                    sources.replace("main.rs", mutated);
                    Ok(sources)
                }
                Err(defect) => Err(defect),
            };
            verdict(topic, of_solution, sources, mutant.verdict, Depth::Until(mutant.verdict), grader)
        }
    }
}

fn read(folder: &Path) -> Result<Result<Sources, Defect>, ReadError> {
    submission::read(folder)
}

fn verdict(
    topic: &Topic,
    place: String,
    sources: Result<Sources, Defect>,
    declared: VerdictCode,
    depth: Depth,
    grader: &Grader<'_>,
) -> Result<Checked, GradeError> {
    let given = grader.grade(&Subject { topic, place, sources }, depth)?.verdict.code();
    Ok(if given == declared { Checked::Right(Some(given)) } else { Checked::Verdict { declared, given } })
}

fn golden(topic: &Topic, course: &Course, grader: &Grader<'_>) -> Result<Checked, GradeError> {
    for case in &topic.lesson.cases {
        let body = course.golden(topic, &case.name).map_err(|error| GradeError::Expectation(error.into()))?;
        let printed = grader.reference_output(topic, case).map_err(GradeError::Expectation)?;
        let expected = Expected::new(&topic.lesson.output, body.as_bytes());
        if let Some(mismatch) = expected.mismatch(&printed.output) {
            return Ok(Checked::Golden { case: case.name.clone(), diff: mismatch.diff() });
        }
    }
    Ok(Checked::Right(None))
}
