//! Runs the compiler with limits on its time, its memory and what it says.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};

use crate::interrupt;

/// The compiler's own processor time, in seconds: thirty times what an exercise needs.
const PROCESSOR_TIME: u64 = 20;
/// Its address space, in bytes: ten times what an exercise needs.
const MEMORY: u64 = 4 << 30;
/// The largest file it may write, in bytes.
const FILE: u64 = 256 << 20;
/// What it may say, in bytes; the rest is dropped.
const MESSAGES: u64 = 256 << 10;
/// A wall clock only ever ends in the grader's own error.
const PATIENCE: Duration = Duration::from_secs(600);

/// What came of it.
pub(super) struct Ran {
    pub(super) status: ExitStatus,
    pub(super) messages: String,
}

/// Runs `command` to its end.
pub(super) fn run(mut command: Command) -> io::Result<Ran> {
    // With the linker in a group of their own, Ctrl-C reaches neither, and both can be ended.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    let mut child = supervisor::spawn(&mut command)?;
    let limited = limit(&child);
    let stderr = child.stderr.take();
    let reader = thread::spawn(move || {
        let mut said = Vec::new();
        if let Some(mut stderr) = stderr {
            (&mut stderr).take(MESSAGES).read_to_end(&mut said)?;
            // The rest must be read too, or the compiler would wait for a reader.
            io::copy(&mut stderr, &mut io::sink())?;
        }
        io::Result::Ok(said)
    });
    let ended = limited.and_then(|()| wait(&mut child));
    if ended.is_err() {
        // Whatever went wrong, nothing of it stays behind.
        if let Some(group) = pid(&child) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = child.wait();
    }
    let said = reader.join().map_err(|_| io::Error::other("reading the compiler's messages failed"))??;
    let status = ended?;
    match status.signal().and_then(Signal::from_named_raw) {
        // Somebody else's doing (a system out of memory, too): it says nothing of the program.
        Some(signal @ (Signal::KILL | Signal::TERM | Signal::INT | Signal::HUP)) => {
            Err(io::Error::other(format!("it was ended by signal {}", signal.as_raw())))
        }
        Some(_) | None => Ok(Ran { status, messages: String::from_utf8_lossy(&said).into_owned() }),
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn limit(child: &Child) -> io::Result<()> {
    let limits = [(Resource::Cpu, PROCESSOR_TIME), (Resource::As, MEMORY), (Resource::Fsize, FILE)];
    for (resource, limit) in limits {
        // Above the first limit the compiler gets a signal of its own; at the second, SIGKILL.
        prlimit(pid(child), resource, Rlimit { current: Some(limit), maximum: Some(limit + limit / 10) })?;
    }
    Ok(())
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupt::requested() {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted"));
        }
        if started.elapsed() > PATIENCE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the compiler did not end"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}
