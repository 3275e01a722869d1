//! Wrong: started and waited for in the same loop; the output is right, and no two children ever run side by side.
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
    let mut joined = 0;
    for (name, end) in jobs() {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                println!("hello from {name}");
                match end {
                    Some(code) => exit(code.into()),
                    None => raise(Signal::SIGKILL).unwrap(),
                }
            }
            ForkResult::Parent { child } => {
                match waitpid(child, None).unwrap() {
                    WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
                    WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", signal as i32),
                    other => panic!("{other:?}"),
                }
                joined += 1;
            }
        }
    }
    println!("joined {joined}");
}
