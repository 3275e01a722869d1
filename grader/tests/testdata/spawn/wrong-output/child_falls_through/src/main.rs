//! Wrong: a child without a code of its own is not ended; it goes on with the loop and starts the rest of the children again (2^n processes).
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

fn main() {
    let jobs = jobs();
    let mut children = Vec::new();
    // The first seven only, or there would be more processes than the machine can bear.
    for (name, end) in jobs.iter().take(7) {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push((name, child)),
            ForkResult::Child => {
                children.clear();
                println!("hello from {name}");
                match end {
                    None => raise(Signal::SIGKILL).unwrap(),
                    Some(0) => {} // 0 is the exit code anyway
                    Some(code) => exit((*code).into()),
                }
            }
        }
    }
    for (name, child) in &children {
        match waitpid(*child, None).unwrap() {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", signal as i32),
            other => eprintln!("{other:?}"),
        }
    }
    println!("joined {}", children.len());
}
