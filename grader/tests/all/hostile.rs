//! Hostile submissions: `testdata/hostile/EXPECTED/NAME/src/main.rs`. EXPECTED is a verdict, or
//! `caught`: anything but a pass. Whatever they do, a verdict is reached, nothing of theirs is
//! left on this machine, and no report holds what they should not have read.
//!
//! In a source `@SECRET@` stands for the path of a file that the user can read and the
//! submission must not, `@SOLUTION@` for the reference solution as the module `honest`,
//! `@MAPPED@` for a function that finds memory which is mapped already.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;
use tempfile::TempDir;

use crate::course::{builder, course, root, work};

/// What no report may hold.
const SECRET: &str = "the-secret-4711";

/// A report is no longer than this, in bytes, however much was printed.
const REPORT: usize = 200_000;

/// A loaded machine needs this long at most for one submission.
const PATIENCE: Duration = Duration::from_secs(600);

/// As whom the grader runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum As {
    /// Whoever runs the tests.
    Self_,
    /// The same, where no more namespaces can be made.
    WithoutNamespaces,
    /// An ordinary user.
    Nobody,
}

struct Hostile {
    name: String,
    expected: String,
    sources: PathBuf,
}

/// A place with a secret in it, and the submissions beside it.
struct Place {
    folder: TempDir,
    solution: String,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::Builder::new().prefix("hostile-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("kept")).unwrap();
        fs::write(folder.path().join("kept/secret"), format!("{SECRET} is no Rust")).unwrap();
        let topic = course().topic("spawn").unwrap();
        let solution = fs::read_to_string(course().solution(topic).join("src/main.rs")).unwrap();
        let solution = solution.replace("fn main()", "pub fn main()");
        Place { folder, solution: format!("mod honest {{\n{solution}\n}}\n") }
    }

    fn secret(&self) -> String {
        self.folder.path().join("kept/secret").display().to_string()
    }

    fn submission(&self, name: &str) -> PathBuf {
        let src = self.folder.path().join(name).join("exercises/02_spawn/src");
        fs::create_dir_all(&src).unwrap();
        src
    }

    fn copy(&self, hostile: &Hostile) -> PathBuf {
        let src = self.submission(&hostile.name);
        let text = fs::read_to_string(hostile.sources.join("src/main.rs")).unwrap();
        let text = text.replace("@SECRET@", &self.secret()).replace("@SOLUTION@", &self.solution);
        let text = text.replace("@MAPPED@", include_str!("../testdata/mapped.rs"));
        fs::write(src.join("main.rs"), text).unwrap();
        self.folder.path().join(&hostile.name)
    }
}

fn all() -> Vec<Hostile> {
    let folders = |path: &Path| {
        let mut found: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        found.sort();
        found
    };
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/testdata/hostile");
    let only = std::env::var("GRADE_ONLY").unwrap_or_default();
    folders(&corpus)
        .iter()
        .flat_map(|expected| {
            let expected_name = name(expected);
            folders(expected).into_iter().map(move |sources| (expected_name.clone(), sources))
        })
        .map(|(expected, sources)| Hostile { name: name(&sources), expected, sources })
        .filter(|hostile| hostile.name.contains(&only))
        .collect()
}

fn grade(submission: &Path, who: As, format: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_grade");
    let mut command = match who {
        As::Self_ => Command::new(binary),
        As::WithoutNamespaces => {
            let mut command = Command::new("unshare");
            command.args(["--user", "--map-root-user", "sh", "-c"]);
            command.args(["echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\"", "sh", binary]);
            command
        }
        As::Nobody => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", binary]);
            command.env("RUSTC", work().join("recorded-rustc")).env("CARGO", work().join("recorded-rustc"));
            command
        }
    };
    command.env("LC_ALL", "C").env("GRADE_SECRET", SECRET).stdin(Stdio::null());
    command.args(["--course".as_ref(), root().as_os_str(), "--work".as_ref(), work().as_os_str()]);
    command.args(["spawn", "--from"]).arg(submission).args(format);
    command.output().unwrap()
}

/// What is wrong with how a submission was dealt with.
fn faults(submission: &Path, name: &str, expected: &str, who: As) -> Vec<String> {
    let started = Instant::now();
    let output = grade(submission, who, &["--format", "json"]);
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{name} ({who:?}): {what}"));
        }
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    check(matches!(code, Some(0 | 1 | 3)), format!("exit code {code:?}: {said}{}", &text[..text.len().min(600)]));
    check(started.elapsed() < PATIENCE, format!("it took {:?}", started.elapsed()));
    check(text.len() < REPORT, format!("a report of {} bytes", text.len()));
    check(!text.contains(SECRET) && !said.contains(SECRET), "the report holds the secret".into());
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let given = report["topics"][0]["verdict"].as_str().unwrap_or("none").to_owned();
    let right = match expected {
        "caught" => given != "passed" && given != "none",
        // without namespaces there is no plain run to compare with
        "inconclusive" => given == "inconclusive" || who == As::WithoutNamespaces && given == "passed",
        expected => given == expected,
    };
    let message = report["topics"][0]["message"].as_str().unwrap_or_default();
    check(right, format!("{given} instead of {expected} ({message})"));
    check(clean(&report), "the report holds characters that steer a terminal".into());
    if name.starts_with("prints") || name.starts_with("steers") || name.starts_with("complains") {
        let output = grade(submission, who, &["--color", "never", "--verbose"]);
        let text = String::from_utf8_lossy(&output.stdout);
        check(!text.lines().any(|line| line.starts_with("::")), "a line that a CI service would obey".into());
        check(!text.chars().any(steers), format!("the text steers a terminal: {text:?}"));
        check(text.len() < REPORT, format!("a text of {} bytes", text.len()));
    }
    wrong
}

fn steers(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn clean(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.chars().any(steers),
        Value::Array(values) => values.iter().all(clean),
        Value::Object(fields) => fields.values().all(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// What submissions left on this machine.
fn traces(place: &Place) -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["/dev/shm", "/tmp", "/var/tmp", "/", "/etc", "/root", "/home", "/var", "/usr/lib"] {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.contains("escaped") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    for entry in fs::read_dir(place.folder.path().join("kept")).unwrap().flatten() {
        if entry.file_name() != "secret" {
            found.push(format!("beside the secret: {:?}", entry.file_name()));
        }
    }
    // objects of the sizes and keys that the corpus asks for
    for (table, column, value) in [("shm", 3, "31337"), ("sem", 3, "13"), ("msg", 0, "201527")] {
        let text = fs::read_to_string(format!("/proc/sysvipc/{table}")).unwrap_or_default();
        if text.lines().any(|line| line.split_whitespace().nth(column) == Some(value)) {
            found.push(format!("a System V object ({table})"));
        }
    }
    for process in fs::read_dir("/proc").unwrap().flatten() {
        if let Ok(program) = fs::read_link(process.path().join("exe"))
            && program.starts_with(work().join("build"))
            && fs::read(process.path().join("cmdline")).is_ok_and(|line| line.starts_with(b"program\0"))
            && is_orphan(&process.path())
        {
            found.push(format!("the process {}", program.display()));
        }
    }
    found
}

/// Whether a process's parent is the system's first one: other tests' graders are at work too.
fn is_orphan(process: &Path) -> bool {
    fs::read_to_string(process.join("status")).is_ok_and(|text| text.lines().any(|line| line == "PPid:\t1"))
}

/// Grades every `step`th of the corpus.
fn check_all(who: As, step: usize) {
    // what is built once is not built by several at once
    let _ = builder();
    let place = Place::new();
    let chosen: Vec<Hostile> = all().into_iter().step_by(step).collect();
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let worker = || {
        while let Some(hostile) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let submission = place.copy(hostile);
            let found = if who == As::Nobody && !is_built(&submission) {
                Vec::new()
            } else {
                faults(&submission, &hostile.name, &hostile.expected, who)
            };
            wrong.lock().unwrap().extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(worker);
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.extend(traces(&place).into_iter().map(|trace| format!("left behind: {trace}")));
    assert!(wrong.is_empty(), "{} things are wrong with {}:\n{}", wrong.len(), chosen.len(), wrong.join("\n"));
}

/// Builds a submission as whoever runs the tests: an ordinary user may not have a compiler.
fn is_built(submission: &Path) -> bool {
    let topic = course().topic("spawn").unwrap();
    let sources = grader::submission::read(&submission.join("exercises/02_spawn")).unwrap().unwrap();
    builder().build(topic, "exercises/02_spawn", &sources).unwrap().is_ok()
}

fn thorough(otherwise: usize) -> usize {
    if std::env::var_os("GRADE_THOROUGHLY").is_some() { 1 } else { otherwise }
}

#[test]
fn hostile_submissions_get_nowhere() {
    check_all(As::Self_, 1);
}

#[test]
fn hostile_submissions_get_nowhere_without_namespaces() {
    let can = Command::new("unshare")
        .args(["--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: namespaces cannot be switched off here");
        return;
    }
    check_all(As::WithoutNamespaces, thorough(9));
}

#[test]
fn hostile_submissions_get_nowhere_as_an_ordinary_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: this is an ordinary user already");
        return;
    }
    let _ = builder();
    record_rustc();
    // what the other user's grader locks, and where it would build
    for path in [work(), work().join("deps"), work().join("build")] {
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    for entry in fs::read_dir(work().join("deps")).unwrap().flatten() {
        let _ = fs::set_permissions(entry.path().join(".lock"), fs::Permissions::from_mode(0o666));
        let _ = fs::set_permissions(entry.path().join("libraries.json"), fs::Permissions::from_mode(0o644));
    }
    let reachable = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_grade"), "--course"])
        .arg(root())
        .args(["schema"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !reachable {
        eprintln!("skipped: an ordinary user does not reach this checkout");
        return;
    }
    check_all(As::Nobody, thorough(7));
}

/// A stand-in for a compiler that only root reaches: it answers what it is asked, and builds
/// nothing.
fn record_rustc() {
    let ask = |args: &[&str]| {
        let output = Command::new("rustc").args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (sysroot, version) = (ask(&["--print", "sysroot"]), ask(&["-vV"]));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n*sysroot*) echo '{}' ;;\n-vV) cat <<'END'\n{version}END\n;;\n*) exit 1 ;;\nesac\n",
        sysroot.trim()
    );
    let path = work().join("recorded-rustc");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Trees that no repository can hold.
#[test]
fn hostile_trees_are_no_programs() {
    let _ = builder();
    let place = Place::new();
    let secret = place.secret();
    let link = |at: &Path, to: &str| std::os::unix::fs::symlink(to, at).unwrap();
    let main = |src: &Path, text: &str| fs::write(src.join("main.rs"), text).unwrap();
    type Planting<'a> = Box<dyn Fn(&Path) + 'a>;
    let trees: Vec<(&str, Planting)> = vec![
        ("main_is_a_link", Box::new(|src| link(&src.join("main.rs"), &secret))),
        (
            "a_module_is_a_link",
            Box::new(|src| {
                main(src, "mod secret;\nfn main() {}\n");
                link(&src.join("secret.rs"), &secret);
            }),
        ),
        (
            "a_module_is_a_second_name",
            Box::new(|src| {
                main(src, "mod secret;\nfn main() {}\n");
                fs::hard_link(&secret, src.join("secret.rs")).unwrap();
            }),
        ),
        (
            "the_folder_is_a_link",
            Box::new(|src| {
                fs::remove_dir(src).unwrap();
                let elsewhere = src.parent().unwrap().join("elsewhere");
                fs::create_dir(&elsewhere).unwrap();
                main(&elsewhere, "fn main() {}\n");
                link(src, "elsewhere");
            }),
        ),
        (
            "a_folder_of_modules_is_a_link",
            Box::new(|src| {
                main(src, "mod kept;\nfn main() {}\n");
                link(&src.join("kept"), Path::new(&secret).parent().unwrap().to_str().unwrap());
            }),
        ),
        (
            "main_is_a_fifo",
            Box::new(|src| {
                mknodat(CWD, src.join("main.rs"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
            }),
        ),
        ("main_is_endless", Box::new(|src| link(&src.join("main.rs"), "/dev/zero"))),
        (
            "main_is_huge",
            Box::new(|src| {
                fs::File::create(src.join("main.rs")).unwrap().set_len(10 << 30).unwrap();
            }),
        ),
        ("main_is_a_folder", Box::new(|src| fs::create_dir(src.join("main.rs")).unwrap())),
        (
            "folders_are_too_deep",
            Box::new(|src| {
                main(src, "fn main() {}\n");
                fs::create_dir_all(src.join("a/".repeat(100))).unwrap();
            }),
        ),
        (
            "there_are_too_many_files",
            Box::new(|src| {
                main(src, "fn main() {}\n");
                (0..2000).for_each(|number| fs::write(src.join(format!("m{number}.rs")), "").unwrap());
            }),
        ),
        (
            "settings_are_its_own",
            Box::new(|src| {
                main(src, "compile_error!(\"reached\");\nfn main() {}\n");
                let (exercise, folder) = (src.parent().unwrap(), src.ancestors().nth(3).unwrap());
                for name in ["build.rs", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "rustfmt.toml"] {
                    fs::write(exercise.join(name), "fn main() { panic!() }").unwrap();
                    fs::write(folder.join(name), "[toolchain]\nchannel = \"none\"\n").unwrap();
                }
                fs::create_dir(folder.join(".cargo")).unwrap();
                let config = "[build]\nrustc-wrapper = \"/bin/false\"\nrustflags = [\"-Clinker=/bin/false\"]\n";
                fs::write(folder.join(".cargo/config.toml"), config).unwrap();
            }),
        ),
    ];
    let mut wrong = Vec::new();
    for (name, make) in &trees {
        make(&place.submission(name));
        wrong.extend(faults(&place.folder.path().join(name), name, "build-error", As::Self_));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
