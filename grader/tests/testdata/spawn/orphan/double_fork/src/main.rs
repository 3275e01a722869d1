//! Wrong: a helper for each name forks the one that greets and leaves it behind at once; the parent waits for the helpers, and nobody can for the greeters.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, pipe, read};
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
    let (done, busy) = pipe().unwrap();
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                if let ForkResult::Child = unsafe { fork() }.unwrap() {
                    println!("hello from {name}");
                    exit(0);
                }
                match end {
                    Some(code) => exit((*code).into()),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    let ends: Vec<_> = pids.into_iter().map(|pid| waitpid(pid, None).unwrap()).collect();
    // The end of this pipe comes when the last greeter has ended.
    drop(busy);
    read(&done, &mut [0]).unwrap();
    for (end, (name, _)) in ends.iter().zip(&jobs) {
        match end {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", *signal as i32),
            other => panic!("{other:?}"),
        }
    }
    println!("joined {}", ends.len());
}
