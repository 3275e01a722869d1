//! Wrong: nobody waits; the ends are what the arguments ask for, after a sleep that lets the greetings through (the starter's defect).
use nix::sys::signal::{Signal, raise};
use nix::unistd::{ForkResult, fork};
use std::process::exit;
use std::time::Duration;

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
    for (name, end) in &jobs {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            println!("hello from {name}");
            match end {
                Some(code) => exit((*code).into()),
                None => raise(Signal::SIGKILL).unwrap(),
            }
        }
    }
    std::thread::sleep(Duration::from_millis(200));
    for (name, end) in &jobs {
        match end {
            Some(code) => println!("{name}: exit {code}"),
            None => println!("{name}: signal 9"),
        }
    }
    println!("joined {}", jobs.len());
}
