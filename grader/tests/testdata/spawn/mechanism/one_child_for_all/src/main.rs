//! Wrong: a single child greets for everybody; the ends are copied from the arguments.
use nix::sys::wait::waitpid;
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
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            for (name, _) in &jobs {
                println!("hello from {name}");
            }
            exit(0)
        }
        ForkResult::Parent { child } => {
            waitpid(child, None).unwrap();
            for (name, end) in &jobs {
                println!("{name}: {}", end.map_or("signal 9".into(), |code| format!("exit {code}")));
            }
            println!("joined {}", jobs.len());
        }
    }
}
