//! Findings from end to end: shown, recorded, and shown again.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use grader::submission::Sources;
use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::course::{builder, course, grade, grade_afresh, root, submission, work};

/// The starter of a topic.
fn starter(topic: &str) -> String {
    let topic = course().topic(topic).unwrap();
    fs::read_to_string(course().exercise(topic).join("src/main.rs")).unwrap()
}

/// The program of that starter, with what it should print for two deposits.
fn racy_program() -> (PathBuf, tempfile::NamedTempFile) {
    let program = built("exercises/04_locks", starter("locks"));
    let expected = tempfile::NamedTempFile::new().unwrap();
    fs::write(&expected, "balance: 20\noperations: 2\ninconsistent audits: 0\n").unwrap();
    (program, expected)
}

/// The program of this source for topic 4.
fn built(folder: &str, source: String) -> PathBuf {
    let topic = course().topic("locks").unwrap();
    builder().build(topic, folder, &Sources::of_main(source)).unwrap().unwrap().program
}

#[test]
fn a_finding_is_shown_with_its_lines_and_shown_again_by_replay() {
    let work = tempfile::tempdir().unwrap();
    let shown = grade_afresh(&work).arg("locks").assert().code(1);
    shown.stdout(
        contains("lost-update")
            .and(contains("--> exercises/04_locks/src/main.rs:"))
            .and(contains("lost"))
            .and(contains("cargo grade replay locks.schedule"))
            .and(contains("cargo grade hint locks"))
            .and(contains("0x").not()),
    );
    grade_afresh(&work).args(["replay", "locks.schedule"]).assert().code(1).stdout(contains("the same again"));
    grade_afresh(&work).arg("list").assert().success().stdout(contains("lost-update"));
}

#[test]
fn a_schedule_outlives_the_program_it_was_recorded_from() {
    let work = tempfile::tempdir().unwrap();
    // The starter with another comment is another program.
    let changed = submission("04_locks", &format!("// mine\n{}", starter("locks")));
    grade_afresh(&work).arg("--from").arg(changed.path()).assert().code(1);
    let replayed = grade_afresh(&work).args(["replay", "locks.schedule"]).assert().code(1);
    replayed.stdout(contains("your file has changed since").and(contains("the same again")));
}

#[test]
fn any_program_can_be_explored_and_its_finding_replayed() {
    let (program, expected) = racy_program();
    let work = tempfile::tempdir().unwrap();
    let mut explore = grade_afresh(&work);
    explore.args(["explore", "--format", "json", "--expect"]).arg(expected.path());
    explore.arg("--").arg(&program).args(["2", "1"]);
    let output = explore.assert().code(1).get_output().stdout.clone();
    let report: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["name"], "program");
    assert_eq!(report["verdict"], "lost-update");
    assert_eq!(report["topics"][0]["verdict"], "lost-update");
    let again = grade_afresh(&work).args(["replay", "program.schedule", "--format", "json"]).assert().code(1);
    let again: Value = serde_json::from_slice(&again.get_output().stdout).unwrap();
    assert_eq!(again["verdict"], report["verdict"]);
    assert_eq!(again["interleaving"], report["interleaving"]);
    // What is said of the kind and of what goes right is recorded with it.
    assert_eq!(report["kind"], "lost-update");
    assert_eq!(again["kind"], report["kind"]);
    assert!(report["nearest_right"]["goes_on"].is_string(), "{report}");
    assert_eq!(again["nearest_right"], report["nearest_right"]);
}

#[test]
fn a_file_that_is_no_schedule_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.schedule");
    let deep = "[".repeat(200_000);
    let contents: [&[u8]; 5] = [b"", b"\x7fELF\0\x01\xff", b"{\"version\": 1}", b"{\"version\": 99}", deep.as_bytes()];
    for bytes in contents {
        fs::write(&file, bytes).unwrap();
        let refused = grade().arg("replay").arg(&file).assert().code(2).stdout("");
        refused.stderr(contains("record it anew").and(contains("panicked").not()));
    }
    grade().arg("replay").arg(folder.path()).assert().code(2).stderr(contains("not a regular file"));
    grade().args(["replay", "/nowhere/x.schedule"]).assert().code(2).stderr(contains("cannot read"));
}

#[test]
fn a_schedule_of_another_program_is_refused() {
    let (program, expected) = racy_program();
    let (work, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = folder.path().join("racy");
    fs::copy(&program, &copy).unwrap();
    let mut explore = grade_afresh(&work);
    explore.args(["explore", "--expect"]).arg(expected.path()).arg("--").arg(&copy).args(["2", "1"]);
    explore.assert().code(1);
    fs::remove_file(&copy).unwrap();
    fs::copy("/bin/true", &copy).unwrap();
    let refused = grade_afresh(&work).args(["replay", "racy.schedule"]).assert().code(2);
    refused.stderr(contains("recorded with another program"));
}

#[test]
fn a_program_without_races_passes_and_says_how_far_it_was_explored() {
    grade().args(["explore", "--", "true"]).assert().success().stdout(contains("passed").and(contains("1 process")));
    grade().args(["explore", "--", "false"]).assert().code(1).stdout(contains("exit code 1, not 0"));
}

#[test]
fn the_solution_with_an_auditor_is_fully_explored_to_two_preemptions() {
    let source = fs::read_to_string(root().join("solutions/04_locks/src/main.rs")).unwrap();
    let program = built("solutions/04_locks", source);
    // it takes 465 with one C library, and 13,033 where a semaphore's inside is explored
    let mut explore = grade();
    explore.args(["explore", "--max-executions", "1000", "--"]);
    explore.arg(program).args(["2", "2"]).assert().success().stdout(contains("with up to 2 preemptions"));
}

#[test]
fn a_starter_gives_the_same_report_byte_for_byte() {
    let report = || {
        let work = tempfile::tempdir().unwrap();
        grade_afresh(&work).args(["locks", "--format", "json"]).output().unwrap().stdout
    };
    let (one, other) = (report(), report());
    assert!(!one.is_empty());
    assert_eq!(String::from_utf8(one).unwrap(), String::from_utf8(other).unwrap());
}

#[test]
fn an_interruption_ends_everything_and_says_so() {
    let source = fs::read_to_string(root().join("solutions/04_locks/src/main.rs")).unwrap();
    let program = built("solutions/04_locks", source);
    // some of these meet the program while it is loaded
    for delay in (0..16).map(|step| step * 8).chain([2_000]) {
        let mut child = Process::new(env!("CARGO_BIN_EXE_grade"))
            .arg("--course")
            .arg(root())
            .arg("--work")
            .arg(work())
            // More schedules than anybody could wait for.
            .args(["explore", "--max-executions", "4000000000", "--"])
            .arg(&program)
            .args(["8", "100"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let status = child.wait().unwrap();
        // before it listens the signal ends it as it does any program
        assert!(status.code() == Some(130) || delay < 100 && status.signal() == Some(2), "{delay} ms: {status}");
    }
}
