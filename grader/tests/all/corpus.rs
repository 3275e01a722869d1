//! Submissions whose verdicts are known: `testdata/TOPIC/VERDICT/PROGRAM/src/main.rs`.
//! A topic a test, so that topics are graded side by side.

use std::fs;
use std::path::{Path, PathBuf};

use grader::grade::{Depth, Grader, Subject, Verdict};
use grader::submission;
use grader::verdict::VerdictCode;

use crate::course::{builder, course};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata")
}

/// The folders in a folder, in the order of their names.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// A wrong program ends the search where it is found out; a right one would be explored as far
/// as its lesson says. For the tests so many executions of a case are enough, unless
/// `GRADE_THOROUGHLY` is set.
const ENOUGH: u32 = 150;

/// Of the programs with one verdict the tests grade the first of each so many, unless
/// `GRADE_THOROUGHLY` is set: all of them take half an hour on two cores.
const ONE_OF: usize = 5;

/// Grades programs of a topic. `GRADE_ONLY` names the one that is being worked on.
fn check(topic: &str) {
    let topic = course().topic(topic).unwrap();
    let grader = Grader::new(course(), builder(), 1);
    let only = std::env::var("GRADE_ONLY").unwrap_or_default();
    let all = std::env::var_os("GRADE_THOROUGHLY").is_some() || !only.is_empty();
    let (mut graded, mut wrong) = (0, Vec::new());
    for verdict in folders(&testdata().join(&topic.lesson.name)) {
        let expected: VerdictCode = name(&verdict).parse().unwrap();
        let grader = match expected {
            VerdictCode::Passed if std::env::var_os("GRADE_THOROUGHLY").is_none() => grader.at_most(ENOUGH),
            _ => grader.clone(),
        };
        let named = folders(&verdict).into_iter().filter(|program| name(program).contains(&only));
        for program in named.step_by(if all { 1 } else { ONE_OF }) {
            let sources = submission::read(&program).unwrap();
            let subject = Subject { topic, place: format!("exercises/{}", topic.folder), sources };
            let given = match grader.grade(&subject, Depth::UntilCause) {
                Ok(outcome) if outcome.verdict.code() == expected => None,
                Ok(outcome) => Some(match outcome.verdict {
                    Verdict::Inconclusive(undecided) => format!("inconclusive ({:?})", undecided.reason),
                    Verdict::Passed(_) | Verdict::Failed(_) => outcome.verdict.code().to_string(),
                }),
                Err(error) => Some(format!("an error ({error})")),
            };
            graded += 1;
            wrong.extend(given.map(|given| format!("{}: {given} instead of {expected}", name(&program))));
        }
    }
    assert!(wrong.is_empty(), "{} of {graded} got another verdict:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn processes_get_their_verdicts() {
    check("processes");
}

#[test]
fn spawn_gets_its_verdicts() {
    check("spawn");
}

#[test]
fn pipes_get_their_verdicts() {
    check("pipes");
}

#[test]
fn locks_get_their_verdicts() {
    check("locks");
}

#[test]
fn shared_gets_its_verdicts() {
    check("shared");
}

#[test]
fn pools_get_their_verdicts() {
    check("pools");
}

#[test]
fn compare_gets_its_verdicts() {
    check("compare");
}

#[test]
fn every_folder_of_submissions_is_graded_by_a_test() {
    let tested = ["compare", "hostile", "locks", "pipes", "pools", "processes", "shared", "spawn"];
    assert_eq!(folders(&testdata()).iter().map(|folder| name(folder)).collect::<Vec<_>>(), tested);
}
