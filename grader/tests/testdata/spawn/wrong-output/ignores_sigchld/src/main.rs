//! Wrong: with SIGCHLD ignored no child is left to ask; the failing wait is taken for an exit with 0.
use nix::sys::signal::{SigHandler, Signal, raise, signal};
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
    // "So that no zombies are left."
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                match end {
                    Some(code) => exit(i32::from(*code)),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    for (pid, (name, _)) in pids.iter().zip(&jobs) {
        // Waits until the child is gone, and then fails.
        match waitpid(*pid, None) {
            Ok(WaitStatus::Exited(_, code)) => println!("{name}: exit {code}"),
            Ok(WaitStatus::Signaled(_, signal, _)) => println!("{name}: signal {}", signal as i32),
            _ => println!("{name}: exit 0"),
        }
    }
    println!("joined {}", pids.len());
}
