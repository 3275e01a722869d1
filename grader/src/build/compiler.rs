//! Runs the compiler with limits on its time, its memory and what it says.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

/// The compiler's own processor time, in seconds: a hundred times what an exercise needs.
const PROCESSOR_TIME: u64 = 60;
/// Its address space, in bytes.
const MEMORY: u64 = 8 << 30;
/// The largest file it may write, in bytes.
const FILE: u64 = 1 << 30;
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
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
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
        let _ = child.kill();
        let _ = child.wait();
    }
    let said = reader.join().map_err(|_| io::Error::other("reading the compiler's messages failed"))??;
    Ok(Ran { status: ended?, messages: String::from_utf8_lossy(&said).into_owned() })
}

fn limit(child: &Child) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let same = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    let limits = [(Resource::Cpu, PROCESSOR_TIME), (Resource::As, MEMORY), (Resource::Fsize, FILE)];
    for (resource, limit) in limits {
        prlimit(pid, resource, same(limit))?;
    }
    Ok(())
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if started.elapsed() > PATIENCE {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the compiler did not end"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}
