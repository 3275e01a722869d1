//! Wrong: `joined` counts the children that exited; a killed one was joined as well.
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid};
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
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                if let Some(code) = end {
                    exit(*code as i32);
                }
                kill(getpid(), Signal::SIGKILL).unwrap();
            }
        }
    }
    let mut joined = 0;
    for (pid, (name, _)) in pids.into_iter().zip(&jobs) {
        match waitpid(pid, None) {
            Ok(WaitStatus::Exited(_, code)) => {
                println!("{name}: exit {code}");
                joined += 1;
            }
            Ok(WaitStatus::Signaled(_, signal, _)) => println!("{name}: signal {}", signal as i32),
            _ => {}
        }
    }
    println!("joined {joined}");
}
