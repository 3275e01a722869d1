//! What submissions are made of, and what becomes of those that are no programs.

use std::fs;
use std::path::Path;

use predicates::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use crate::course::{builder, course, grade, submission};

/// The report on one submission.
fn report(submission: &Path, code: i32) -> Value {
    let output = grade().arg("--from").arg(submission).args(["--format", "json"]).assert().code(code);
    serde_json::from_slice(&output.get_output().stdout).unwrap()
}

#[track_caller]
fn check_build_error(submission: &TempDir, message: &str) {
    let report = report(submission.path(), 1);
    let topic = &report["topics"][0];
    assert_eq!(topic["verdict"], "build-error");
    assert_eq!(topic["points"], 0);
    let said = format!("{}\n{}", topic["message"], topic["compiler"]);
    assert!(said.contains(message), "{said}");
}

#[test]
fn what_does_not_compile_is_told_in_the_compilers_words() {
    let broken = submission("04_locks", "fn main() {\n    let x: u32 = \"\";\n}\n");
    check_build_error(&broken, "mismatched types");
    let output = grade().arg("--from").arg(broken.path()).assert().code(1);
    output.stdout(predicate::str::contains("--> exercises/04_locks/src/main.rs:2:18"));
}

#[test]
fn an_empty_program_does_not_compile() {
    check_build_error(&submission("04_locks", ""), "`main` function not found");
}

#[test]
fn a_program_in_another_encoding_is_told_so() {
    let folder = submission("04_locks", "");
    fs::write(folder.path().join("exercises/04_locks/src/main.rs"), b"// \xff\n").unwrap();
    check_build_error(&folder, "UTF-8");
}

#[test]
fn a_link_is_not_followed() {
    let folder = submission("04_locks", "");
    let main = folder.path().join("exercises/04_locks/src/main.rs");
    fs::remove_file(&main).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &main).unwrap();
    check_build_error(&folder, "not a regular file");
}

#[test]
fn other_crates_are_not_to_be_had() {
    check_build_error(&submission("04_locks", "use rand::random;\nfn main() {}\n"), "rand");
}

#[test]
fn a_submission_lies_in_any_of_four_places() {
    let broken = "fn main() {";
    for place in ["exercises/04_locks", "04_locks", "locks"] {
        let folder = tempfile::tempdir().unwrap();
        let src = folder.path().join(place).join("src");
        fs::create_dir_all(&src).unwrap();
        fs::write(src.join("main.rs"), broken).unwrap();
        assert_eq!(report(folder.path(), 1)["topics"][0]["name"], "locks");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), broken).unwrap();
    grade().arg("locks").arg("--from").arg(folder.path()).assert().code(1);
    grade().arg("--from").arg(folder.path()).assert().code(2);
}

#[test]
fn only_the_topics_found_are_graded_and_one_asked_for_must_be_there() {
    let folder = submission("04_locks", "fn main() {");
    assert_eq!(report(folder.path(), 1)["topics"].as_array().unwrap().len(), 1);
    let missing = grade().arg("shared").arg("--from").arg(folder.path()).assert().code(2);
    missing.stderr(predicate::str::contains("no topic `shared`"));
    let empty = tempfile::tempdir().unwrap();
    grade().arg("--from").arg(empty.path()).assert().code(2);
    grade().arg("--from").arg(empty.path().join("nowhere")).assert().code(2);
}

#[test]
fn a_submissions_own_manifest_and_settings_are_not_used() {
    let folder = submission("04_locks", "fn main() {\n    compile_error!(\"reached\");\n}\n");
    let exercise = folder.path().join("exercises/04_locks");
    fs::write(exercise.join("Cargo.toml"), "this is no manifest").unwrap();
    fs::write(exercise.join("build.rs"), "fn main() { panic!() }").unwrap();
    fs::create_dir(folder.path().join(".cargo")).unwrap();
    fs::write(folder.path().join(".cargo/config.toml"), "[build]\nrustc = \"/bin/false\"\n").unwrap();
    check_build_error(&folder, "reached");
}

/// cargo would take a source with an old date for unchanged, and run another's program.
#[test]
fn each_submission_gets_its_own_program() {
    let topic = course().topic("locks").unwrap();
    let build = |text: &str| {
        let sources = grader::submission::Sources::of_main(text);
        builder().build(topic, "exercises/04_locks", &sources).unwrap().unwrap()
    };
    let (one, other) = (build("fn main() { println!(\"one\"); }"), build("fn main() { println!(\"two\"); }"));
    assert_ne!(one, other);
    let printed = |program: &Path| grader::plain::run(program, &[], "").unwrap().output;
    assert_eq!(printed(&one.program), b"one\n");
    assert_eq!(printed(&other.program), b"two\n");
    assert_eq!(build("fn main() { println!(\"one\"); }"), one);
}

#[test]
fn a_program_may_ask_cargo_for_its_name() {
    let topic = course().topic("locks").unwrap();
    let text = "fn main() { println!(\"usage: {} {}\", env!(\"CARGO_PKG_NAME\"), env!(\"CARGO_PKG_VERSION\")); }";
    let sources = grader::submission::Sources::of_main(text);
    let built = builder().build(topic, "exercises/04_locks", &sources).unwrap().unwrap();
    let output = grader::plain::run(&built.program, &[], "").unwrap().output;
    assert_eq!(String::from_utf8(output).unwrap(), "usage: locks 0.1.0\n");
}
