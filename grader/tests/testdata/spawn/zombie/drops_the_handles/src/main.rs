//! Wrong: dropping a `std::process::Child` does not wait for it; the exit codes come back over a pipe, and the children stay zombies.
use std::io::Read;
use std::process::{Command, Stdio, exit};

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
            eprint!("signal 9");
            nix::sys::signal::raise(nix::sys::signal::SIGKILL).unwrap();
        }
        eprint!("exit {end}");
        exit(end.parse().unwrap());
    }
    let jobs = jobs();
    let mut children = vec![];
    for (name, end) in &jobs {
        let end = end.map_or("kill".to_owned(), |code| code.to_string());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("SPAWN_ROLE", format!("{name}={end}")).stderr(Stdio::piped());
        children.push(command.spawn().unwrap());
    }
    let joined = children.len();
    for (mut child, (name, _)) in children.into_iter().zip(&jobs) {
        let mut end = String::new();
        child.stderr.take().unwrap().read_to_string(&mut end).unwrap();
        println!("{name}: {end}");
    }
    println!("joined {joined}");
}
