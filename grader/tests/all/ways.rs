//! Every way to share and to wait: `ways/VERDICT/PROGRAM.c`, explored. What a right program
//! prints without the grader stands beside it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assert_cmd::Command;
use explorer::{ChoicePoint, Decision, Ending, Scheduler, Step};
use predicates::prelude::*;
use predicates::str::contains;
use supervisor::{Limits, Program, Stacks, Surroundings};
use tempfile::TempDir;

use crate::course::root;

/// Compiles a program with the compiler that every Rust program is linked with.
fn compile(source: &Path, folder: &Path) -> PathBuf {
    let program = folder.join(source.file_stem().unwrap());
    let compiled = Process::new("cc")
        .args(["-g", "-O1", "-w", "-pthread", "-o"])
        .arg(&program)
        .arg(source)
        .arg("-lrt")
        .status()
        .expect("a C compiler");
    assert!(compiled.success(), "{} does not compile", source.display());
    program
}

/// `cargo grade`, with nothing of the course's built.
fn grade_afresh(work: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env("LC_ALL", "C").arg("--course").arg(root()).arg("--work").arg(work.path());
    command
}

fn ways() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ways")
}

/// Explores every program that must get `verdict`.
fn check(verdict: &str) {
    let work = tempfile::tempdir().unwrap();
    let mut sources: Vec<PathBuf> = fs::read_dir(ways().join(verdict))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .collect();
    sources.sort();
    let mut wrong = Vec::new();
    for source in &sources {
        let program = compile(source, work.path());
        let mut explore = grade_afresh(&work);
        explore.args(["explore", "--max-executions", "100"]);
        let printed = source.with_extension("out");
        if printed.exists() {
            explore.arg("--expect").arg(printed);
        }
        let output = explore.arg("--").arg(&program).output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        if !told.lines().next().is_some_and(|line| line.contains(verdict)) {
            wrong.push(told);
        }
    }
    assert!(!sources.is_empty());
    assert!(wrong.is_empty(), "{} of {} are not {verdict}:\n{}", wrong.len(), sources.len(), wrong.join("\n"));
}

#[test]
fn lost_updates_are_found_wherever_the_data_are() {
    check("lost-update");
}

#[test]
fn an_append_in_two_steps_is_found() {
    check("wrong-output");
}

#[test]
fn nobody_waits_for_ever_unseen() {
    check("deadlock");
}

#[test]
fn threads_that_run_for_ever_are_not_taken_for_slow_ones() {
    check("livelock");
}

#[test]
fn right_programs_pass_and_print_what_they_print_without_the_grader() {
    check("passed");
}

/// A process that anybody starts beside an execution has a copy of every descriptor of ours until
/// it executes its program: of the ends of pipes that were being asked about, too.
#[test]
fn processes_started_at_the_same_time_keep_no_end_of_a_pipe_open() {
    const BESIDE: u32 = 300;
    let work = tempfile::tempdir().unwrap();
    let program = compile(&ways().join("passed/ends_of_a_pipe.c"), work.path());
    let program = Program { path: program, args: Vec::new(), input: Vec::new(), surroundings: Surroundings::Own };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..BESIDE {
                let mut beside = Process::new("true");
                let wait = || {
                    std::thread::sleep(Duration::from_millis(5));
                    Ok(())
                };
                // SAFETY: between `fork` and `execve` it only sleeps.
                unsafe { beside.pre_exec(wait) };
                beside.status().unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        let limits = Limits::default();
        let mut runner = supervisor::Runner::new(&program, &limits).unwrap();
        while !done.load(Ordering::Relaxed) {
            let execution = runner.run(Stacks::Omitted, &mut First).unwrap();
            assert_eq!(execution.ending, Ending::Ended);
        }
    });
}

/// Whoever comes first goes on.
struct First;

impl Scheduler for First {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        Decision::Run(point.ready[0].task)
    }

    fn observe(&mut self, _: &Step) {}
}

/// Explores one of the programs that calls may fail for.
fn failing(name: &str, faults: Option<&str>) -> assert_cmd::assert::Assert {
    let work = tempfile::tempdir().unwrap();
    let program = compile(&ways().join("faults").join(name).with_extension("c"), work.path());
    let mut explore: Command = grade_afresh(&work);
    explore.args(["explore", "--max-executions", "100"]);
    explore.args(faults.map(|faults| format!("--faults={faults}")));
    explore.arg("--").arg(program).assert()
}

#[test]
fn what_only_a_failing_call_shows_is_found_where_it_was_asked_for_and_named() {
    for (name, fault, verdict, told) in [
        ("read_of_one_part", "short-read", "wrong-output", "a read gives one byte"),
        ("interrupted_read", "interrupt", "wrong-output", "EINTR"),
        ("lock_of_one_that_was_killed", "kill", "deadlock", "killed from outside"),
        ("fork_taken_for_granted", "no-fork", "deadlock", "EAGAIN"),
    ] {
        failing(name, None).success();
        failing(name, Some(fault)).code(1).stdout(contains(verdict).and(contains(told)));
    }
}

#[test]
fn programs_that_are_ready_for_failing_calls_pass() {
    for (name, fault) in [
        ("read_of_all_parts", "short-read"),
        ("interrupted_read_again", "interrupt"),
        ("robust_lock_of_one_that_was_killed", "kill"),
        ("fork_looked_at", "no-fork"),
    ] {
        failing(name, Some(fault)).success().stdout(contains("with calls that fail"));
    }
}

#[test]
fn what_cannot_be_followed_is_refused_with_a_reason() {
    use std::os::unix::fs::PermissionsExt;
    let work = tempfile::tempdir().unwrap();
    let refused = |name: &str, bytes: &[u8], mode: u32, reason: &str| {
        let program = work.path().join(name);
        fs::write(&program, bytes).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        grade_afresh(&work).args(["explore", "--"]).arg(&program).assert().code(2).stderr(contains(reason));
    };
    let real = fs::read("/bin/true").unwrap();
    let mut other = real[..64].to_vec();
    other[18] = 183;
    refused("other", &other, 0o755, "aarch64");
    refused("cut", &real[..10], 0o755, "cut off");
    refused("lines", b"echo hello\n", 0o755, "#!");
    refused("data", &real, 0o644, "not executable");
    refused("rights", &real, 0o4755, "set-uid");
    grade_afresh(&work).args(["explore", "--", "/"]).assert().code(2).stderr(contains("a folder"));
}

/// What the Go compiler built is known by a section.
#[test]
fn a_go_program_is_refused_by_name() {
    let work = tempfile::tempdir().unwrap();
    let (source, program) = (work.path().join("like_go.c"), work.path().join("like_go"));
    let section = "__attribute__((section(\".go.buildinfo\"), used)) static char info[32] = {1};\n";
    fs::write(&source, format!("{section}int main(void) {{ return 0; }}\n")).unwrap();
    let compiled = Process::new("cc").arg(&source).arg("-o").arg(&program).status();
    assert!(compiled.expect("a C compiler").success());
    grade_afresh(&work).args(["explore", "--"]).arg(&program).assert().code(2).stderr(contains("Go program"));
}

/// The runtime of AddressSanitizer is known by what it exports.
#[test]
fn a_program_with_a_sanitizer_is_refused_with_its_name() {
    let work = tempfile::tempdir().unwrap();
    let (source, program) = (work.path().join("checked.c"), work.path().join("checked"));
    fs::write(&source, "void __asan_init(void) {}\nint main(void) { return 0; }\n").unwrap();
    let compiled = Process::new("cc").arg("-rdynamic").arg(&source).arg("-o").arg(&program).status();
    assert!(compiled.expect("a C compiler").success());
    grade_afresh(&work).args(["explore", "--"]).arg(&program).assert().code(2).stderr(contains("AddressSanitizer"));
}
