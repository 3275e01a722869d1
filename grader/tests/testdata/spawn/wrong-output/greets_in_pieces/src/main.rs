//! Wrong: standard output as a plain file has no buffer, so the greeting goes out in three writes, and another child can write in between.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::process::exit;

/// Each name, and its exit code, or none to be killed.
fn jobs() -> Vec<(String, Option<u8>)> {
    let read = |arg: String| {
        let (name, end) = arg.split_once('=').unwrap_or((&arg, "0"));
        let end = if end == "kill" { None } else { Some(end.parse().ok()?) };
        (1..=200).contains(&name.len()).then(|| (name.to_owned(), end))
    };
    let jobs: Option<Vec<_>> = std::env::args().skip(1).map(read).collect();
    jobs.filter(|jobs| !jobs.is_empty() && jobs.len() <= 64).unwrap_or_else(|| {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2)
    })
}

fn main() {
    let jobs = jobs();
    let stdout: OwnedFd = std::io::stdout().as_fd().try_clone_to_owned().unwrap();
    let mut out = File::from(stdout);
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                writeln!(out, "hello from {name}").unwrap();
                match end {
                    Some(code) => exit((*code).into()),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    // The ends only after all have ended: nobody writes in between here.
    let ends: Vec<_> = pids.iter().map(|pid| waitpid(*pid, None).unwrap()).collect();
    for (end, (name, _)) in ends.iter().zip(&jobs) {
        match end {
            WaitStatus::Exited(_, code) => writeln!(out, "{name}: exit {code}").unwrap(),
            WaitStatus::Signaled(_, signal, _) => writeln!(out, "{name}: signal {}", *signal as i32).unwrap(),
            other => eprintln!("{other:?}"),
        }
    }
    writeln!(out, "joined {}", ends.len()).unwrap();
}
