//! Wrong: it prints the status that `waitpid` fills in as it is; exit code 3 looks like 768.
use nix::libc::{self, SIGKILL};
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
    for (name, end) in &jobs {
        match unsafe { libc::fork() } {
            -1 => panic!("fork"),
            0 => {
                println!("hello from {name}");
                match *end {
                    Some(code) => unsafe { libc::_exit(code as i32) },
                    None => unsafe { libc::raise(SIGKILL) },
                };
            }
            pid => children.push(pid),
        }
    }
    for (pid, (name, end)) in children.iter().zip(&jobs) {
        let mut status = 0;
        unsafe { libc::waitpid(*pid, &mut status, 0) };
        match end {
            Some(_) => println!("{name}: exit {status}"),
            None => println!("{name}: signal {status}"),
        }
    }
    println!("joined {}", children.len());
}
