//! Wrong: `Command::status` starts a child and waits for it at once, so that it is one after the other.
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, exit};

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
    if let Ok(role) = std::env::var("SPAWN_ROLE") {
        let (name, end) = role.split_once("=").unwrap();
        println!("hello from {name}");
        if end == "kill" {
            nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap();
        }
        exit(end.parse().unwrap());
    }
    let jobs = jobs();
    let me = std::env::current_exe().unwrap();
    for (name, end) in &jobs {
        let end = end.map_or("kill".to_owned(), |code| code.to_string());
        let status = Command::new(&me).env("SPAWN_ROLE", format!("{name}={end}")).status().unwrap();
        match status.code() {
            Some(code) => println!("{name}: exit {code}"),
            None => println!("{name}: signal {}", status.signal().unwrap()),
        }
    }
    println!("joined {}", jobs.len());
}
