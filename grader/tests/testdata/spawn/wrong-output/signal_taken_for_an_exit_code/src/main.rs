//! Wrong: every status is taken apart as an exit code, as a shell does it; a killed child is said to have exited with 137.
use nix::libc;
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
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            println!("hello from {name}");
            if end.is_none() {
                unsafe { libc::kill(libc::getpid(), libc::SIGKILL) };
            }
            exit(end.unwrap().into());
        }
        pids.push(pid);
    }
    let mut joined = 0;
    for (i, pid) in pids.into_iter().enumerate() {
        let mut status = 0;
        if unsafe { libc::waitpid(pid, &mut status, 0) } == pid {
            joined += 1;
        }
        let code = if status & 0x7f == 0 { status >> 8 } else { 128 + (status & 0x7f) };
        println!("{}: exit {code}", jobs[i].0);
    }
    println!("joined {joined}");
}
