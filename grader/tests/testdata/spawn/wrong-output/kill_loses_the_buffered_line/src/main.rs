//! Wrong: the greeting waits in a `BufWriter` for the end of the process; a kill gives it no time to be written.
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid};
use std::io::{BufWriter, Write, stdout};
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

fn child(name: &str, end: Option<u8>) -> ! {
    let mut out = BufWriter::new(stdout());
    writeln!(out, "hello from {name}").unwrap();
    match end {
        Some(code) => {
            drop(out);
            exit(code.into())
        }
        None => {
            kill(getpid(), Signal::SIGKILL).unwrap();
            exit(1)
        }
    }
}

fn main() {
    let jobs = jobs();
    let mut pids = Vec::new();
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => child(name, *end),
        }
    }
    for (pid, (name, _)) in pids.iter().zip(&jobs) {
        match waitpid(*pid, None).unwrap() {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", signal as i32),
            other => panic!("{other:?}"),
        }
    }
    println!("joined {}", pids.len());
}
