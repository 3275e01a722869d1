//! Wrong: it unwraps the exit code of every child; a killed one has none, and the parent panics.
use std::process::{Child, Command, exit};

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
    let start = |(name, end): &(String, Option<u8>)| -> Child {
        let end = end.map_or("kill".to_owned(), |code| code.to_string());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("SPAWN_ROLE", format!("{name}={end}")).spawn().unwrap()
    };
    let mut children: Vec<Child> = jobs.iter().map(start).collect();
    let codes: Vec<_> = children.iter_mut().map(|child| child.wait().unwrap().code()).collect();
    for ((name, _), code) in jobs.iter().zip(&codes) {
        println!("{name}: exit {}", code.unwrap());
    }
    println!("joined {}", codes.len());
}
