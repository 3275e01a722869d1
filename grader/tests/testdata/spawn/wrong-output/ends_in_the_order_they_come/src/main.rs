//! Wrong: the ends are printed as they come, by `wait`, and not in the order of the arguments; often the two are the same by luck.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork};
use std::collections::HashMap;
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
    let mut names = HashMap::new();
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => {
                names.insert(child, name);
            }
            ForkResult::Child => {
                println!("hello from {name}");
                match end {
                    Some(code) => exit((*code).into()),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    let mut joined = 0;
    while let Ok(status) = wait() {
        joined += 1;
        match status {
            WaitStatus::Exited(pid, code) => println!("{}: exit {code}", names[&pid]),
            WaitStatus::Signaled(pid, signal, _) => println!("{}: signal {}", names[&pid], signal as i32),
            other => eprintln!("{other:?}"),
        }
    }
    println!("joined {joined}");
}
