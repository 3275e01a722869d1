//! The command line: what it says, and its exit codes.

use std::fs;
use std::process::{Command as Process, Stdio};

use predicates::prelude::*;

use crate::course::{grade, grade_afresh, root, submission, work};

fn contains(text: &str) -> impl Predicate<str> {
    predicate::str::contains(text.to_owned())
}

#[test]
fn a_wrong_topic_is_named_with_the_one_that_was_meant() {
    grade().arg("lokcs").assert().code(2).stderr(contains("did you mean `locks`?"));
    grade().arg("99").assert().code(2).stderr(contains("there is no topic `99`"));
    grade().args(["hint", "lock"]).assert().code(2).stderr(contains("did you mean `locks`?"));
}

#[test]
fn a_wrong_flag_is_a_wrong_use() {
    grade().arg("--fromm").assert().code(2);
    grade().args(["--lang", "fr"]).assert().code(2);
    grade().args(["locks", "list"]).assert().code(2);
    grade().args(["explore"]).assert().code(2);
}

#[test]
fn the_list_shows_every_topic_and_its_points() {
    let work = tempfile::tempdir().unwrap();
    grade_afresh(&work).arg("list").assert().success().stdout(contains("04_locks").and(contains("not graded yet")));
    grade_afresh(&work).args(["list", "--lang", "es"]).assert().success().stdout(contains("aún sin evaluar"));
}

#[test]
fn a_topic_has_four_names() {
    for name in ["04_locks", "locks", "04", "4"] {
        let work = tempfile::tempdir().unwrap();
        grade_afresh(&work).args(["hint", name]).assert().success().stdout(contains("hint 1 of"));
    }
}

#[test]
fn hints_go_one_step_further_at_each_call() {
    let work = tempfile::tempdir().unwrap();
    grade_afresh(&work).args(["hint", "locks"]).assert().stdout(contains("hint 1 of"));
    grade_afresh(&work).args(["hint", "locks"]).assert().stdout(contains("hint 2 of"));
    grade_afresh(&work).args(["hint", "shared"]).assert().stdout(contains("hint 1 of"));
    for _ in 0..9 {
        grade_afresh(&work).args(["hint", "locks"]).assert().success();
    }
    grade_afresh(&work).args(["hint", "locks"]).assert().stdout(contains("that was the last hint"));
}

#[test]
fn the_locale_chooses_the_language() {
    let work = tempfile::tempdir().unwrap();
    let mut command = grade_afresh(&work);
    command.env("LC_ALL", "es_AR.UTF-8").args(["hint", "locks"]);
    command.assert().stdout(contains("pista 1 de"));
}

#[test]
fn what_is_no_recorded_schedule_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.schedule");
    grade().arg("replay").arg(&file).assert().code(2).stderr(contains("cannot read"));
    fs::write(&file, "{\"version\": 1, \"program\"").unwrap();
    grade().arg("replay").arg(&file).assert().code(2).stderr(contains("cut off"));
    fs::write(&file, "{\"version\": 7}").unwrap();
    grade().arg("replay").arg(&file).assert().code(2).stderr(contains("version 7"));
}

#[test]
fn a_program_that_is_not_there_is_a_wrong_use() {
    grade().args(["explore", "--", "no-such-program-anywhere"]).assert().code(2);
    grade().args(["explore", "--", "./no-such-program"]).assert().code(2);
}

#[test]
fn a_full_disk_is_the_graders_error() {
    grade().args(["list", "--output", "/dev/full"]).assert().code(70).stderr(contains("cannot write"));
    grade().args(["list", "--output", "/no/such/folder/file"]).assert().code(70);
}

#[test]
fn the_output_file_holds_what_would_have_been_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.txt");
    let printed = grade().arg("list").output().unwrap().stdout;
    grade().arg("list").arg("--output").arg(&file).assert().success().stdout("");
    assert_eq!(fs::read(&file).unwrap(), printed);
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let mut child = Process::new(env!("CARGO_BIN_EXE_grade"))
        .arg("--course")
        .arg(root())
        .arg("--work")
        .arg(work())
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let broken = submission("04_locks", "fn main() {");
    let run = |color: &str| {
        let mut command = grade();
        command.arg("--from").arg(broken.path()).args(["--color", color]);
        command.output().unwrap().stdout
    };
    assert!(run("always").contains(&0x1b));
    assert!(!run("never").contains(&0x1b));
    assert!(!run("auto").contains(&0x1b), "standard output is no terminal here");
}

#[test]
fn a_folder_without_a_course_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_grade"));
    command.arg("--course").arg(folder.path()).arg("list").assert().code(2);
}

#[test]
fn a_broken_lesson_costs_no_other_topic() {
    let course = tempfile::tempdir().unwrap();
    let exercises = course.path().join("exercises");
    let topic = |folder: &str, lesson: &str| {
        fs::create_dir_all(exercises.join(folder)).unwrap();
        fs::write(exercises.join(folder).join("lesson.toml"), lesson).unwrap();
    };
    topic("01_one", "versoin = 1\n");
    topic("04_locks", &fs::read_to_string(root().join("exercises/04_locks/lesson.toml")).unwrap());
    let run = |args: &[&str]| {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_grade"));
        command.env("LC_ALL", "C").arg("--course").arg(course.path()).args(args).assert()
    };
    run(&["hint", "locks"]).success();
    run(&["hint", "one"]).code(70).stderr(contains("did you mean `version`?"));
    run(&["list"]).code(70);
}

#[test]
fn a_broken_lesson_is_shown_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let exercise = folder.path().join("exercises/01_one");
    fs::create_dir_all(&exercise).unwrap();
    fs::write(exercise.join("lesson.toml"), "versoin = 1\n").unwrap();
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_grade"));
    command.arg("--course").arg(folder.path()).arg("list");
    command.assert().code(70).stderr(contains("lesson.toml:1:1").and(contains("did you mean `version`?")));
}
