//! Delayed stores: `memory/PROGRAM.c`, with and without what keeps stores in order.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use assert_cmd::Command;
use explorer::{AccessKind, ChoicePoint, Decision, Ending, Pending, Scheduler, Step, Stream};
use predicates::prelude::*;
use predicates::str::contains;
use supervisor::{Limits, Program, Stacks, Surroundings};
use tempfile::TempDir;

use crate::course::root;

const LEVELS: [&str; 2] = ["-O0", "-O2"];

/// Compiles a program with the compiler that every Rust program is linked with.
fn compile(name: &str, flags: &[&str], folder: &Path) -> PathBuf {
    let program = folder.join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/memory").join(name).with_extension("c");
    let mut compiler = Process::new("cc");
    compiler.args(["-g", "-w", "-pthread", "-o"]).arg(&program).args(flags).arg(source);
    assert!(compiler.status().expect("a C compiler").success(), "{name} does not compile");
    program
}

fn grade(work: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env("LC_ALL", "C").arg("--course").arg(root()).arg("--work").arg(work.path());
    command
}

/// `cargo grade explore` of a program that must print `expected`.
fn explore(work: &TempDir, program: &Path, expected: &str, flags: &[&str]) -> assert_cmd::assert::Assert {
    let file = work.path().join("expected");
    std::fs::write(&file, format!("{expected}\n")).unwrap();
    let mut command = grade(work);
    command.args(["explore", "--max-executions", "400", "--expect"]).arg(file);
    command.args(flags).arg("--").arg(program).assert()
}

/// Explores a lock that is right only with a fence.
#[track_caller]
fn check_lock(name: &str) {
    for level in LEVELS {
        let work = tempfile::tempdir().unwrap();
        let expected = "counter: 2";
        let bare = compile(name, &[level], work.path());
        explore(&work, &bare, expected, &[]).success().stdout(contains("sequentially consistent"));
        let found = explore(&work, &bare, expected, &["--store-buffers", "--max-preemptions", "2"]);
        found.code(1).stdout(contains("lost-update").and(contains("store buffer")));
        // it is shown with its delays, without being told of them
        let again = grade(&work).args(["replay", &format!("{name}.schedule")]).assert();
        again.code(1).stdout(contains("the same again").and(contains("store buffer")));
        let fenced = compile(name, &[level, "-DFENCE"], work.path());
        explore(&work, &fenced, expected, &["--store-buffers"]).success().stdout(contains("stores delayed"));
    }
}

#[test]
fn petersons_lock_needs_a_fence() {
    check_lock("peterson");
}

#[test]
fn petersons_lock_of_threads_needs_a_fence() {
    check_lock("peterson_threads");
}

#[test]
fn dekkers_lock_needs_a_fence() {
    check_lock("dekker");
}

#[test]
fn that_two_stores_pass_the_loads_behind_them_is_found_where_stores_are_delayed() {
    for level in LEVELS {
        let work = tempfile::tempdir().unwrap();
        let expected = "somebody saw something";
        let bare = compile("buffering", &[level], work.path());
        explore(&work, &bare, expected, &[]).success();
        let found = explore(&work, &bare, expected, &["--store-buffers", "--format", "json"]).code(1);
        let report: serde_json::Value = serde_json::from_slice(&found.get_output().stdout).unwrap();
        assert_eq!(report["verdict"], "wrong-output");
        for way in ["-DEXCHANGE", "-DPRIVATE", "-DCALL"] {
            let ordered = compile("buffering", &[level, way], work.path());
            let passed = explore(&work, &ordered, expected, &["--store-buffers", "--format", "json"]).success();
            let passed = String::from_utf8_lossy(&passed.get_output().stdout).into_owned();
            assert!(passed.contains("\"memory\": \"store-buffers\""), "{passed}");
        }
    }
}

/// Goes on at random, and delays stores at random.
struct Drunk(u64);

impl Drunk {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's constants
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}

impl Scheduler for Drunk {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let tasks = point.ready.iter().filter(|ready| !ready.task.is_buffer()).count();
        // stores wait long
        let reach = if tasks > 0 && self.below(4) > 0 { tasks } else { point.ready.len() };
        let chosen = &point.ready[self.below(reach)];
        match chosen.next {
            Pending::Access { kind: AccessKind::Store, .. } if self.below(4) > 0 => Decision::Delay(chosen.task),
            _ => Decision::Run(chosen.task),
        }
    }

    fn observe(&mut self, step: &Step) {
        assert!(!step.task.is_buffer(), "a step is of the task that made it");
    }
}

/// What a program prints, at random.
#[track_caller]
fn check_outcomes(name: &str, flags: &[&str], expected: &[&str]) {
    for level in LEVELS {
        let folder = tempfile::tempdir().unwrap();
        let path = compile(name, &[&[level], flags].concat(), folder.path());
        let program = Program { path, args: Vec::new(), input: Vec::new(), surroundings: Surroundings::Own };
        let limits = Limits::default();
        let mut runner = supervisor::Runner::new(&program, &limits).unwrap();
        let mut outcomes = std::collections::BTreeSet::new();
        const TRIED: u64 = 60;
        for seed in 0..TRIED {
            let execution = runner.run(Stacks::Omitted, &mut Drunk(seed)).unwrap();
            assert_eq!(execution.unmodelled, Vec::<String>::new());
            // what threads share is learned first
            if execution.rehearsal {
                continue;
            }
            assert_eq!(execution.ending, Ending::Ended, "{name} {level}, seed {seed}");
            outcomes.insert(String::from_utf8(execution.output(Stream::Out)).unwrap().trim().to_owned());
        }
        assert_eq!(outcomes.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{name} {level} {flags:?}");
    }
}

#[test]
fn stores_wait_without_a_search_too() {
    check_outcomes("buffering", &[], &["0 0", "somebody saw something"]);
    check_outcomes("buffering", &["-DEXCHANGE"], &["somebody saw something"]);
    check_outcomes("buffering", &["-DPRIVATE"], &["somebody saw something"]);
}

#[test]
fn stores_never_pass_each_other_and_are_seen_by_their_own_task() {
    check_outcomes("passing", &[], &["wrong: 0"]);
}

#[test]
fn stores_are_in_memory_when_their_task_ends_in_any_way() {
    check_outcomes("ends", &[], &["wrong: 0"]);
    check_outcomes("killed", &[], &["message: 1"]);
}

#[test]
fn stores_of_threads_are_in_memory_before_what_orders_threads() {
    check_outcomes("thread_ends", &[], &["guarded: 2, seen: 1"]);
    check_outcomes("peterson_threads", &["-DFENCE"], &["counter: 2"]);
}
