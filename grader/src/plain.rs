//! Runs a program of the course's own as anybody would: without a schedule, once. Never a
//! submission.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use std::os::unix::process::CommandExt;

use rustix::process::{Pid, Signal, kill_process_group};

/// A reference solution ends long before.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainRun {
    /// How it ended.
    pub status: ExitStatus,
    /// What it printed.
    pub output: Vec<u8>,
}

/// Why it could not be run.
#[derive(Debug, thiserror::Error)]
pub enum PlainError {
    /// The system refused.
    #[error("cannot run it: {0}")]
    System(#[from] io::Error),
    /// It did not end.
    #[error("it did not end within {} seconds", PATIENCE.as_secs())]
    Endless,
}

/// Runs `program` to its end.
///
/// # Errors
/// Where it cannot be run, or does not end.
pub fn run(program: &Path, args: &[String], input: &str) -> Result<PlainRun, PlainError> {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // With its children in a group of their own, all can be ended together.
    command.process_group(0);
    let mut child = supervisor::spawn(&mut command)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let input = input.as_bytes().to_vec();
    let writer = thread::spawn(move || {
        // A program may end before it has read everything.
        let _ = stdin.map(|mut stdin| stdin.write_all(&input));
    });
    let reader = thread::spawn(move || {
        let mut output = Vec::new();
        stdout.map(|mut stdout| stdout.read_to_end(&mut output)).transpose()?;
        io::Result::Ok(output)
    });
    let status = wait(&mut child);
    if status.is_err()
        && let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
    {
        let _ = kill_process_group(group, Signal::KILL);
        let _ = child.wait();
    }
    let gone = |_| PlainError::System(io::Error::other("a thread of the grader failed"));
    writer.join().map_err(gone)?;
    let output = reader.join().map_err(gone)??;
    Ok(PlainRun { status: status?, output })
}

fn wait(child: &mut Child) -> Result<ExitStatus, PlainError> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > PATIENCE {
            return Err(PlainError::Endless);
        }
        thread::sleep(Duration::from_millis(1));
    }
}
