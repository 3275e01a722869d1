//! Recorded schedules: what it takes to run a finding again, in a file.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use explorer::{Fault, TaskId, Way};
use serde::{Deserialize, Serialize};

use crate::report::clean;
use crate::session::{Choice, Made};
use crate::verdict::VerdictCode;
use crate::workplace::{self, WorkplaceError};

/// The version of the file's format.
const VERSION: u32 = 2;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

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
    /// Where it departs from the default schedule.
    choices: Vec<RecordedChoice>,
    /// The same of a schedule near it that goes right, if one was found.
    right: Option<Vec<RecordedChoice>>,
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

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordedChoice {
    /// The choice point, from 0.
    point: u64,
    /// Who went on there.
    task: u32,
    /// Who could have.
    ready: Vec<u32>,
    /// What happens to the step, if it does not simply do what the program asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    way: Option<RecordedWay>,
}

impl RecordedChoice {
    fn of(made: &Made) -> Self {
        let Made { choice, ready } = made;
        let ready = ready.iter().map(|task| task.0).collect();
        RecordedChoice { point: choice.point, task: choice.task.0, ready, way: RecordedWay::of(choice.way) }
    }

    fn made(&self) -> Made {
        let way = self.way.map_or(Way::Plain, RecordedWay::way);
        let choice = Choice { point: self.point, task: TaskId(self.task), way };
        Made { choice, ready: self.ready.iter().copied().map(TaskId).collect() }
    }
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
    #[error("{} is not a recorded schedule, or was cut off ({problem}): {ANEW}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why, as a fragment.
        problem: String,
    },
    /// It was written by another version.
    #[error("{} has version {version} of the format, and this grader reads version {VERSION}: {ANEW}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// It was changed.
    #[error("{} was changed after it was recorded, its digest does not fit: {ANEW}", .0.display())]
    Edited(PathBuf),
}

/// What to do about it.
const ANEW: &str = "record it anew with `cargo grade TOPIC` or `cargo grade explore -- PROGRAM`";

impl Recording {
    /// A recording that can be written.
    pub fn new(
        program: Recorded,
        args: Vec<Bytes>,
        input: Bytes,
        verdict: VerdictCode,
        met_at: u32,
        made: &[Made],
        right: Option<&[Made]>,
    ) -> Self {
        let recorded = |made: &[Made]| -> Vec<RecordedChoice> { made.iter().map(RecordedChoice::of).collect() };
        let (choices, right) = (recorded(made), right.map(recorded));
        let check = String::new();
        let mut recording =
            Recording { version: VERSION, program, args, input, verdict, met_at, choices, right, check };
        recording.check = recording.digest();
        recording
    }

    /// The schedule, with who could go on at each choice.
    pub fn made(&self) -> Vec<Made> {
        self.choices.iter().map(RecordedChoice::made).collect()
    }

    /// The same of the one near it that goes right.
    pub fn right(&self) -> Option<Vec<Made>> {
        Some(self.right.as_ref()?.iter().map(RecordedChoice::made).collect())
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
        let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
        // Before it is opened: a FIFO would keep whoever opens it waiting.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(malformed(path, "it is not a regular file"));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        Recording::parse(&bytes, path)
    }

    /// Reads one from its bytes; `path` is for messages.
    fn parse(bytes: &[u8], path: &Path) -> Result<Self, RecordingError> {
        if bytes.len() as u64 > LARGEST {
            return Err(malformed(path, "it is larger than any schedule"));
        }
        let wrong = |error: serde_json::Error| malformed(path, &clean::line(&error.to_string()));
        // The version first: another one may have other fields.
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(wrong)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(RecordingError::Version { path: path.to_owned(), version }),
            None => return Err(malformed(path, "it names no version")),
        }
        let recording: Recording = serde_json::from_value(value).map_err(wrong)?;
        if recording.check != recording.digest() {
            return Err(RecordingError::Edited(path.to_owned()));
        }
        // No program was ever given such an argument.
        if recording.args.iter().any(|arg| Vec::from(arg.clone()).contains(&0)) {
            return Err(malformed(path, "an argument holds a zero byte"));
        }
        Ok(recording)
    }
}

fn malformed(path: &Path, problem: &str) -> RecordingError {
    RecordingError::Malformed { path: path.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn recording() -> Recording {
        let program = Recorded::Topic {
            name: "locks".into(),
            place: "exercises/04_locks".into(),
            key: "abc".into(),
            case: "two_by_one".into(),
            seed: 1,
        };
        let made = |choice| Made { choice, ready: vec![TaskId(0), TaskId(2)] };
        let killed = Choice { way: Way::Fails(Fault::Killed), ..Choice::plain(20, TaskId(2)) };
        let choices = [made(Choice::plain(17, TaskId(2))), made(killed)];
        let args = vec![Bytes::Text("2".into()), Bytes::from(vec![0xff])];
        let input = Bytes::Text("hola\n".into());
        Recording::new(program, args, input, VerdictCode::LostUpdate, 2, &choices, Some(&choices[..1]))
    }

    fn text() -> String {
        serde_json::to_string_pretty(&recording()).unwrap()
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], expected: &str) {
        let error = Recording::parse(bytes, Path::new("locks.schedule")).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("record it anew"), "{error}");
        assert!(!error.contains(char::is_control), "{error:?}");
    }

    #[test]
    fn a_recording_reads_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.schedule");
        recording().write(&path).unwrap();
        let read = Recording::read(&path).unwrap();
        assert_eq!(read, recording());
        let ways: Vec<Way> = read.made().iter().map(|made| made.choice.way).collect();
        assert_eq!(ways, [Way::Plain, Way::Fails(Fault::Killed)]);
        assert_eq!(read.right().unwrap().len(), 1);
    }

    #[test]
    fn a_file_that_was_cut_off_or_changed_is_refused() {
        let text = text();
        check_refused(&text.as_bytes()[..text.len() / 2], "cut off");
        check_refused(text.replace("17", "18").as_bytes(), "was changed");
        check_refused(text.replace("\"version\": 2", "\"version\": 1").as_bytes(), "reads version 2");
        check_refused(text.replace("\"version\": 2", "\"version\": 3").as_bytes(), "has version 3");
        check_refused(b"{}", "names no version");
        check_refused(text.replace("\"verdict\"", "\"verdikt\"").as_bytes(), "not a recorded schedule");
        check_refused(text.replace("\"verdict\"", "\"\\u001b[2J\"").as_bytes(), "not a recorded schedule");
    }

    #[test]
    fn what_is_no_such_file_at_all_is_refused() {
        check_refused(b"", "not a recorded schedule");
        check_refused(b"\x7fELF\x02\x01\x01\0\0\xff\xfe", "not a recorded schedule");
        check_refused("[".repeat(1_000_000).as_bytes(), "recursion limit");
        check_refused(&vec![b' '; usize::try_from(LARGEST).unwrap() + 1], "larger than any schedule");
    }

    #[test]
    fn a_fifo_and_a_folder_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo.schedule");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RUSR).unwrap();
        let (said, hears) = std::sync::mpsc::channel();
        let paths = [fifo, folder.path().to_owned()];
        std::thread::spawn(move || paths.map(|path| said.send(Recording::read(&path).is_err())));
        for _ in 0..2 {
            assert_eq!(hears.recv_timeout(Duration::from_secs(10)), Ok(true));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Recording::parse(&bytes, Path::new("x")).is_err());
        }

        #[test]
        fn no_change_to_a_recording_makes_the_reader_panic_or_goes_unseen(
            at in any::<prop::sample::Index>(),
            until in any::<prop::sample::Index>(),
            with in proptest::collection::vec(any::<u8>(), 0..8),
        ) {
            let mut bytes = text().into_bytes();
            let (at, until) = (at.index(bytes.len()), until.index(bytes.len()));
            bytes.splice(at.min(until)..at.max(until), with);
            match Recording::parse(&bytes, Path::new("x")) {
                Ok(read) => prop_assert_eq!(read, recording()),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
