//! What grading one topic costs, as a ratio against building the same program with cargo and
//! running it once.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TIMES: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let source = fs::read_to_string(course.join("solutions/04_locks/src/main.rs"))?;
    let work = tempfile::tempdir()?;
    let submission = work.path().join("04_locks/src");
    fs::create_dir_all(&submission)?;

    let mut graded = Vec::new();
    let mut plain = Vec::new();
    for time in 0..=TIMES {
        // another program each time, as a student's is after an edit
        fs::write(submission.join("main.rs"), format!("{source}\n// edit {time}\n"))?;
        graded.push(timed(
            Command::new(env!("CARGO_BIN_EXE_grade")).args(["locks", "--from"]).arg(work.path()).current_dir(course),
        )?);
        let main = fs::File::options().append(true).open(course.join("solutions/04_locks/src/main.rs"))?;
        main.set_modified(std::time::SystemTime::now())?;
        let run = ["run", "-q", "-p", "locks-solution", "--", "2", "2"];
        plain.push(timed(Command::new(env!("CARGO")).args(run).current_dir(course))?);
    }
    // the first time prepares what is kept
    let (graded, plain) = (median(&graded[1..]), median(&plain[1..]));
    println!(
        "`grade` of one topic against `cargo build` and a plain run: {:.2}",
        graded.as_secs_f64() / plain.as_secs_f64()
    );
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    Ok(started.elapsed())
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[times.len() / 2]
}
