//! What a student has reached and been told: kept between two commands in the grader's folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::verdict::VerdictCode;
use crate::workplace::{self, Workplace, WorkplaceError};

/// The version of the file's format.
const VERSION: u32 = 1;

/// Verdicts and hints, by topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    version: u32,
    verdicts: BTreeMap<String, VerdictCode>,
    hints: BTreeMap<String, usize>,
}

impl Progress {
    /// What is known; nothing, where the file is missing or of another version.
    pub fn read(workplace: &Workplace) -> Self {
        let read = fs::read(path(workplace)).ok();
        let known = read.and_then(|bytes| serde_json::from_slice::<Progress>(&bytes).ok());
        known.filter(|known| known.version == VERSION).unwrap_or_default()
    }

    /// Keeps it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, workplace: &Workplace) -> Result<(), WorkplaceError> {
        let current = Progress { version: VERSION, ..self.clone() };
        let text = serde_json::to_string_pretty(&current).unwrap_or_default();
        workplace::write(Path::new(&path(workplace)), (text + "\n").as_bytes())
    }

    /// The last verdict on a topic.
    pub fn verdict(&self, topic: &str) -> Option<VerdictCode> {
        self.verdicts.get(topic).copied()
    }

    /// Remembers a verdict.
    pub fn set_verdict(&mut self, topic: &str, verdict: VerdictCode) {
        self.verdicts.insert(topic.to_owned(), verdict);
    }

    /// The number of the next hint of `count`, from 1, and that it was given. After the last
    /// the last comes again.
    pub fn next_hint(&mut self, topic: &str, count: usize) -> usize {
        let given = self.hints.entry(topic.to_owned()).or_insert(0);
        *given = (*given + 1).min(count);
        *given
    }
}

fn path(workplace: &Workplace) -> PathBuf {
    workplace.file("progress.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_go_one_step_further_each_time_and_stay_at_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::new(folder.path().to_owned());
        for expected in [1, 2, 3, 3] {
            let mut progress = Progress::read(&workplace);
            assert_eq!(progress.next_hint("locks", 3), expected);
            progress.write(&workplace).unwrap();
        }
    }

    #[test]
    fn a_file_of_another_version_counts_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let workplace = Workplace::new(folder.path().to_owned());
        fs::write(path(&workplace), r#"{"version":9,"verdicts":{"locks":"passed"},"hints":{}}"#).unwrap();
        assert_eq!(Progress::read(&workplace).verdict("locks"), None);
    }
}
