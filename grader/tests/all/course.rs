//! The course that the tests grade: this checkout's. What they build is kept between runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;
use grader::build::{Builder, Toolchain, prepare};
use grader::course::Course;
use grader::workplace::Workplace;
use tempfile::TempDir;

/// The folder of the checkout.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader lies in the course")
}

/// Where the tests' builds are.
pub fn work() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("grade")
}

/// The course, read once.
pub fn course() -> &'static Course {
    static COURSE: OnceLock<Course> = OnceLock::new();
    COURSE.get_or_init(|| Course::load(root()).expect("the lessons are right"))
}

/// What builds programs for the course, with its libraries built once.
pub fn builder() -> &'static Builder {
    static BUILDER: OnceLock<Builder> = OnceLock::new();
    BUILDER.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or("cargo".into());
        let search_path = std::env::var_os("PATH").unwrap_or_default();
        let toolchain =
            Toolchain::find(Path::new(&cargo), Path::new("rustc"), search_path).expect("there is a compiler");
        let workplace = Workplace::new(work());
        let dependencies = prepare(course(), &toolchain, &workplace).expect("the libraries can be built");
        Builder::new(toolchain, dependencies, workplace)
    })
}

/// `cargo grade`, speaking English, in this course.
pub fn grade() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env_remove("LANG").env_remove("LC_MESSAGES").env("LC_ALL", "C");
    command.arg("--course").arg(root()).arg("--work").arg(work());
    command
}

/// The same, with a folder of its own for what is recorded and remembered; what was built is
/// shared.
pub fn grade_afresh(work: &TempDir) -> Command {
    let _ = builder();
    for built in ["deps", "build"] {
        let link = work.path().join(built);
        if !link.exists() {
            std::os::unix::fs::symlink(self::work().join(built), link).expect("a link in a temporary folder");
        }
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env("LC_ALL", "C");
    command.arg("--course").arg(root()).arg("--work").arg(work.path());
    command
}

/// A submission of one topic with this `main.rs`.
pub fn submission(folder: &str, main: &str) -> TempDir {
    let submission = tempfile::tempdir().expect("a temporary folder");
    let src = submission.path().join("exercises").join(folder).join("src");
    fs::create_dir_all(&src).expect("a folder in it");
    fs::write(src.join("main.rs"), main).expect("a file in it");
    submission
}
