//! Random input for all that reads what a stranger wrote. Short and the same each time;
//! `GRADE_FUZZ=SECONDS` makes each test here last so long, with other input each time.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use explorer::{ChoicePoint, Decision, Scheduler, Step};
use grader::comparison::{Expected, OutputRules};
use grader::course::Course;
use grader::recording::Recording;
use grader::report::clean;
use grader::submission;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use supervisor::{Limits, Program, Stacks, Surroundings};

use crate::course::{builder, course, root};

/// How long to go on; `None` for the short run.
fn budget() -> Option<Duration> {
    std::env::var("GRADE_FUZZ").ok()?.parse().ok().map(Duration::from_secs)
}

/// Checks `test` with so many values, or for as long as was asked for.
fn fuzz<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let checked = |value| {
        test(value);
        Ok(())
    };
    let Some(budget) = budget() else {
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
        TestRunner::new_with_rng(config, random).run(strategy, checked).unwrap();
        return;
    };
    let started = Instant::now();
    while started.elapsed() < budget {
        TestRunner::new(config.clone()).run(strategy, checked).unwrap();
    }
}

/// Text with a few pieces of it changed, taken out or put in twice.
fn mutated(text: &str, changes: &[(u16, u8, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (place, what, byte) in changes {
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(*place) % bytes.len();
        match what % 5 {
            0 => bytes[at] = *byte,
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(at, *byte),
            3 => bytes.truncate(at),
            _ => {
                let piece = bytes[at..(at + usize::from(*byte)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(u16, u8, u8)>> {
    vec(any::<(u16, u8, u8)>(), 1..12)
}

#[test]
fn no_tree_of_files_upsets_the_reader() {
    let name = prop_oneof![Just("main.rs".to_owned()), Just("mod.rs".into()), "[a-c]{1,2}(\\.rs)?", "\\PC{1,8}\\.rs"];
    let entry = (vec(name, 1..5), 0u8..7, vec(any::<u8>(), 0..50));
    fuzz(60, &vec(entry, 0..12), |tree| {
        let folder = tempfile::tempdir().unwrap();
        let src = folder.path().join("src");
        let _ = fs::create_dir(&src);
        for (names, kind, content) in tree {
            let path = names.iter().fold(src.clone(), |path, name| path.join(name.replace(['/', '\0'], "_")));
            let _ = path.parent().map(fs::create_dir_all);
            let _ = match kind {
                // not into a FIFO that is there already: that would wait for a reader
                0 | 1 => fs::File::create_new(&path).and_then(|mut file| file.write_all(&content)),
                2 => std::os::unix::fs::symlink("/etc/passwd", &path),
                3 => std::os::unix::fs::symlink("..", &path),
                4 => fs::hard_link("/proc/self/comm", &path),
                5 => fs::create_dir(&path),
                _ => rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
                    .map_err(Into::into),
            };
        }
        if let Ok(sources) = submission::read(folder.path()).unwrap() {
            assert!(sources.text("main.rs").is_some());
            assert!(sources.files().all(|(path, text)| path.ends_with(".rs") && !text.contains("root:x:0")));
        }
    });
}

#[test]
fn no_schedule_file_upsets_its_reader() {
    let text = r#"{"version":1,"program":{"topic":{"name":"locks","place":"exercises/04_locks","key":"00","case":"two","seed":1}},"args":["2"],"input":"","verdict":"deadlock","met_at":2,"choices":[[3,1],[5,2]],"check":"0011"}"#;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.schedule");
    fuzz(300, &changes(), |changes| {
        fs::write(&path, mutated(text, &changes)).unwrap();
        if let Err(error) = Recording::read(&path) {
            assert!(!error.to_string().is_empty());
        }
    });
}

#[test]
fn no_lesson_upsets_its_reader() {
    let text = fs::read_to_string(root().join("exercises/02_spawn/lesson.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let exercise = folder.path().join("exercises/02_spawn");
    fs::create_dir_all(&exercise).unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[workspace]\n").unwrap();
    fs::write(exercise.join("Cargo.toml"), "[package]\nname = \"spawn\"\n").unwrap();
    fuzz(150, &changes(), |changes| {
        fs::write(exercise.join("lesson.toml"), mutated(&text, &changes)).unwrap();
        if let Ok(course) = Course::load(folder.path()) {
            for topic in course.sound_topics() {
                // cases are drawn, however odd their ranges
                for group in &topic.lesson.generated {
                    assert!(group.cases(1).len() <= 100_000);
                }
            }
        }
    });
}

#[test]
fn no_output_upsets_comparison_or_report() {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..20),
        Just(b"\x1b[2J\x1b]0;x\x07".to_vec()),
        Just("\u{202e}\u{2066}\u{feff}\0\r".as_bytes().to_vec()),
        Just(b"::error::x\n]]><script>".to_vec()),
        Just(b"balance: 20\n".to_vec()),
        Just(vec![b'x'; 5000]),
    ];
    let expected = Expected::new(&OutputRules::default(), b"balance: 20\noperations: 2\n");
    fuzz(300, &vec(piece, 0..12), |pieces| {
        let output = pieces.concat();
        let _ = expected.mismatch(&output).map(|mismatch| mismatch.diff());
        let text = String::from_utf8_lossy(&output);
        let line = clean::line(&text);
        assert!(!line.chars().any(char::is_control) && line.chars().count() <= 161, "{line:?}");
        assert!(!line.contains('\u{202e}') && !line.contains('\u{2066}'));
        let messages = clean::messages(&text);
        let plain = anstream::adapter::strip_str(&messages).to_string();
        assert!(!plain.chars().any(|c| c.is_control() && c != '\n'), "{plain:?}");
    });
}

struct First;

impl Scheduler for First {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        point.ready.first().map_or(Decision::Abandon, |ready| Decision::Run(ready.task))
    }

    fn observe(&mut self, _: &Step) {}
}

/// A program that does anything at all is followed to an end, in bounded time.
/// `found` are seeds that were not, once.
fn follow(what: &str, count: u32, seeds: usize, found: &[u64]) {
    let topic = course().topic("spawn").unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzzed/random_program.rs");
    let sources = submission::Sources::of_main(fs::read_to_string(path).unwrap());
    let built = builder().build(topic, "exercises/02_spawn", &sources).unwrap().unwrap();
    let started = Instant::now();
    let first = if budget().is_some() { std::process::id().into() } else { 1 };
    for (done, seed) in found.iter().copied().chain(first..).enumerate() {
        match budget() {
            None if done >= seeds + found.len() => break,
            Some(budget) if started.elapsed() > budget => break,
            None | Some(_) => {}
        }
        let args = [what.to_owned(), seed.to_string(), count.to_string()];
        let program = Program {
            path: built.program.clone(),
            args: args.iter().map(Into::into).collect(),
            input: b"input\n".to_vec(),
            surroundings: Surroundings::Own,
        };
        let one = Instant::now();
        let limits = Limits { steps: 20_000, ..Limits::default() };
        if let Err(error) = supervisor::run(&program, &limits, Stacks::Omitted, &mut First) {
            panic!("{what} with seed {seed}: {error}");
        }
        assert!(one.elapsed() < Duration::from_secs(120), "{what} with seed {seed} took {:?}", one.elapsed());
    }
}

#[test]
fn no_system_call_upsets_the_supervisor() {
    follow("calls", 60, 25, &[5642]);
}

#[test]
fn no_instruction_upsets_the_supervisor() {
    follow("code", 10, 15, &[]);
}
