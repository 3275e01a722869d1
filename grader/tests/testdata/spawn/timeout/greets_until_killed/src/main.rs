//! Wrong: a child that is to be killed greets on and on until somebody kills it, which nobody does; its output never ends.
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

fn main() {
    let jobs = jobs();
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                for greetings in 1u64.. {
                    println!("hello from {name}");
                    match end {
                        Some(code) => exit((*code).into()),
                        None => eprintln!("greeting {greetings}: nobody has killed me yet"),
                    }
                }
            }
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
