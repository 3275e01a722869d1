//! Wrong: it keeps exit codes as `i8`; 255 becomes -1.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
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

enum End {
    Exit(i8),
    Signal(i8),
}

fn main() {
    let jobs = jobs();
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                match end {
                    Some(code) => exit((*code).into()),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    let ends: Vec<End> = pids
        .iter()
        .map(|pid| match waitpid(*pid, None) {
            Ok(WaitStatus::Exited(_, code)) => End::Exit(code as i8),
            Ok(WaitStatus::Signaled(_, signal, _)) => End::Signal(signal as i32 as i8),
            other => panic!("{other:?}"),
        })
        .collect();
    for ((name, _), end) in jobs.iter().zip(&ends) {
        match end {
            End::Exit(code) => println!("{name}: exit {code}"),
            End::Signal(number) => println!("{name}: signal {number}"),
        }
    }
    println!("joined {}", ends.len());
}
