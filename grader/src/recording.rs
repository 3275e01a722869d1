//! Recorded schedules: what it takes to run a finding again, in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use explorer::{Fault, TaskId, Way};
use serde::{Deserialize, Serialize};

use crate::session::{Choice, Schedule};
use crate::verdict::VerdictCode;
use crate::workplace::{self, WorkplaceError};

/// The version of the file's format.
const VERSION: u32 = 1;

/// A schedule with the run that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    version: u32,
    /// What was run.
    pub program: Recorded,
    /// Its arguments.
    pub args: Vec<Bytes>,
    /// Its input.
    pub input: Bytes,
    /// What it showed.
    pub verdict: VerdictCode,
    /// At the how-manieth execution it was met, from 1.
    pub met_at: u32,
    /// Where it departs from the default schedule: the choice point, and who went on there.
    choices: Vec<(u64, u32)>,
    /// The choice points at which the step does not simply do what the program asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ways: Vec<(u64, RecordedWay)>,
    /// A digest of all the rest.
    check: String,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Recorded {
    /// A topic's program.
    Topic {
        /// The topic.
        name: String,
        /// The folder that messages name.
        place: String,
        /// Names what it was built from.
        key: String,
        /// The case.
        case: String,
        /// The seed of the generated cases.
        seed: u64,
    },
    /// Any program.
    Program {
        /// As it was given.
        path: PathBuf,
        /// A digest of the file.
        digest: String,
        /// What it should have printed, a line each.
        expected: Vec<String>,
    },
}

/// What happens to a step that does not simply do what the program asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RecordedWay {
    /// It is a store, and waits in a store buffer.
    Delayed,
    ShortRead,
    Interrupted,
    Killed,
    NoMoreProcesses,
}

impl RecordedWay {
    fn of(way: Way) -> Option<Self> {
        match way {
            Way::Plain => None,
            Way::Delays => Some(RecordedWay::Delayed),
            Way::Fails(Fault::ShortRead) => Some(RecordedWay::ShortRead),
            Way::Fails(Fault::Interrupted) => Some(RecordedWay::Interrupted),
            Way::Fails(Fault::Killed) => Some(RecordedWay::Killed),
            Way::Fails(Fault::NoMoreProcesses) => Some(RecordedWay::NoMoreProcesses),
        }
    }

    fn way(self) -> Way {
        match self {
            RecordedWay::Delayed => Way::Delays,
            RecordedWay::ShortRead => Way::Fails(Fault::ShortRead),
            RecordedWay::Interrupted => Way::Fails(Fault::Interrupted),
            RecordedWay::Killed => Way::Fails(Fault::Killed),
            RecordedWay::NoMoreProcesses => Way::Fails(Fault::NoMoreProcesses),
        }
    }
}

/// Bytes: as text where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    /// UTF-8.
    Text(String),
    /// Anything else.
    Raw(Vec<u8>),
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Bytes::Raw(error.into_bytes()), Bytes::Text)
    }
}

impl From<Bytes> for Vec<u8> {
    fn from(bytes: Bytes) -> Self {
        match bytes {
            Bytes::Text(text) => text.into_bytes(),
            Bytes::Raw(bytes) => bytes,
        }
    }
}

/// A file that is no recorded schedule of this grader's.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no such file, or not all of it.
    #[error("{} is not a recorded schedule, or was cut off: {problem}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why, as a fragment.
        problem: String,
    },
    /// It was written by another version.
    #[error("{} has version {version} of the format; this grader reads version {VERSION}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// It was changed.
    #[error("{} was changed after it was recorded: its digest does not fit", .0.display())]
    Edited(PathBuf),
}

impl Recording {
    /// A recording that can be written.
    pub fn new(
        program: Recorded,
        args: Vec<Bytes>,
        input: Bytes,
        verdict: VerdictCode,
        met_at: u32,
        schedule: &Schedule,
    ) -> Self {
        let choices = schedule.iter().map(|choice| (choice.point, choice.task.0)).collect();
        let way = |choice: &Choice| RecordedWay::of(choice.way).map(|way| (choice.point, way));
        let ways = schedule.iter().filter_map(way).collect();
        let mut recording =
            Recording { version: VERSION, program, args, input, verdict, met_at, choices, ways, check: String::new() };
        recording.check = recording.digest();
        recording
    }

    /// The schedule.
    pub fn schedule(&self) -> Schedule {
        let way = |point| self.ways.iter().find(|(at, _)| *at == point).map_or(Way::Plain, |(_, way)| way.way());
        let choice = |&(point, task): &(u64, u32)| Choice { point, task: TaskId(task), way: way(point) };
        self.choices.iter().map(choice).collect()
    }

    fn digest(&self) -> String {
        let bare = Recording { check: String::new(), ..self.clone() };
        let bytes = serde_json::to_vec(&bare).unwrap_or_default();
        blake3::hash(&bytes).to_hex()[..32].to_owned()
    }

    /// Writes it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WorkplaceError> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        workplace::write(path, (text + "\n").as_bytes())
    }

    /// Reads one.
    ///
    /// # Errors
    /// Where the file is none, or not as it was written.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        let bytes = fs::read(path).map_err(|source| RecordingError::Unreadable { path: path.to_owned(), source })?;
        let malformed =
            |error: serde_json::Error| RecordingError::Malformed { path: path.to_owned(), problem: error.to_string() };
        // The version first: another one may have other fields.
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(malformed)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                return Err(RecordingError::Version { path: path.to_owned(), version });
            }
            None => {
                let problem = "it names no version".to_owned();
                return Err(RecordingError::Malformed { path: path.to_owned(), problem });
            }
        }
        let recording: Recording = serde_json::from_value(value).map_err(malformed)?;
        if recording.check == recording.digest() { Ok(recording) } else { Err(RecordingError::Edited(path.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let program = Recorded::Topic {
            name: "locks".into(),
            place: "exercises/04_locks".into(),
            key: "abc".into(),
            case: "two_by_one".into(),
            seed: 1,
        };
        let killed = Choice { way: Way::Fails(Fault::Killed), ..Choice::plain(20, TaskId(2)) };
        let schedule = vec![Choice::plain(17, TaskId(2)), killed];
        let args = vec![Bytes::Text("2".into()), Bytes::from(vec![0xff])];
        Recording::new(program, args, Bytes::Text("hola\n".into()), VerdictCode::LostUpdate, 2, &schedule)
    }

    fn check_refused(change: impl Fn(&str) -> String, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.schedule");
        recording().write(&path).unwrap();
        fs::write(&path, change(&fs::read_to_string(&path).unwrap())).unwrap();
        let error = Recording::read(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_recording_reads_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.schedule");
        recording().write(&path).unwrap();
        let read = Recording::read(&path).unwrap();
        assert_eq!(read, recording());
        let ways: Vec<Way> = read.schedule().iter().map(|choice| choice.way).collect();
        assert_eq!(ways, [Way::Plain, Way::Fails(Fault::Killed)]);
    }

    #[test]
    fn a_file_that_was_cut_off_or_changed_is_refused() {
        check_refused(|text| text[..text.len() / 2].to_owned(), "cut off");
        check_refused(|text| text.replace("17", "18"), "was changed");
        check_refused(|text| text.replace("\"version\": 1", "\"version\": 2"), "this grader reads version 1");
        check_refused(|_| "{}".into(), "names no version");
        check_refused(|text| text.replace("\"verdict\"", "\"verdikt\""), "not a recorded schedule");
    }
}
