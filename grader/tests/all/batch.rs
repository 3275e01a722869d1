//! Many submissions, a fifth of them hostile, in random order: each honest one has the verdict
//! that it has alone. A sample by default; `GRADE_BATCH=500` for the whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use grader::grade::{Depth, Grader, Subject, Verdict, in_parallel};
use grader::submission::{self, Sources};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::course::{builder, course};

/// So many executions of a case that may be explored in part are enough here.
const ENOUGH: u32 = 20;

#[derive(Clone)]
struct Entry {
    topic: &'static str,
    path: PathBuf,
    is_hostile: bool,
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// All programs of these kinds in the corpora.
fn corpus(topic: &'static str, folder: &str, is_hostile: bool) -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata").join(folder);
    let programs = folders(&folder).into_iter().flat_map(|verdict| folders(&verdict));
    programs.map(|path| Entry { topic, path, is_hostile }).collect()
}

fn verdict(grader: &Grader<'_>, entry: &Entry) -> Result<String, grader::grade::GradeError> {
    let topic = course().topic(entry.topic).unwrap();
    let text = fs::read_to_string(entry.path.join("src/main.rs")).unwrap_or_default();
    let text = text.replace("@SECRET@", "/nowhere/secret").replace("@SOLUTION@", "mod honest { pub fn main() {} }");
    let sources = if entry.is_hostile { Ok(Sources::of_main(text)) } else { submission::read(&entry.path)? };
    let subject = Subject { topic, place: format!("exercises/{}", topic.folder), sources };
    Ok(match grader.grade(&subject, Depth::UntilCause)?.verdict {
        Verdict::Inconclusive(undecided) => format!("inconclusive ({:?})", undecided.reason),
        verdict @ (Verdict::Passed(_) | Verdict::Failed(_)) => verdict.code().to_string(),
    })
}

#[test]
fn an_honest_submission_has_the_verdict_in_a_crowd_that_it_has_alone() {
    let wanted = std::env::var("GRADE_BATCH").ok().and_then(|number| number.parse().ok());
    let seed = if wanted.is_some() { u64::from(std::process::id()) } else { 1 };
    let count: usize = wanted.unwrap_or(12);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |entries: &[Entry], count: usize| -> Vec<Entry> {
        (0..count).map(|_| entries[(random.next_u64() % entries.len() as u64) as usize].clone()).collect()
    };
    let honest = [corpus("spawn", "spawn", false), corpus("shared", "shared", false)].concat();
    let mut batch = draw(&honest, count - count / 5);
    batch.extend(draw(&corpus("spawn", "hostile", true), count / 5));
    for place in (1..batch.len()).rev() {
        batch.swap(place, (random.next_u64() % (place as u64 + 1)) as usize);
    }
    let grader = Grader::new(course(), builder(), 1).at_most(ENOUGH);
    let mut alone = BTreeMap::new();
    for entry in batch.iter().filter(|entry| !entry.is_hostile) {
        if !alone.contains_key(&entry.path) {
            alone.insert(entry.path.clone(), verdict(&grader, entry).unwrap());
        }
    }
    let together = in_parallel(&batch, |entry| verdict(&grader, entry));
    let mut wrong = Vec::new();
    for (entry, given) in batch.iter().zip(together) {
        match given {
            Ok(given) if entry.is_hostile || alone[&entry.path] == given => {}
            Ok(given) => {
                wrong.push(format!("{}: {given} instead of {}", entry.path.display(), alone[&entry.path]));
            }
            Err(error) => wrong.push(format!("{}: an error ({error})", entry.path.display())),
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ (seed {seed}):\n{}", wrong.len(), wrong.join("\n"));
}
