//! Right: the parent never blocks in a wait; it asks with WNOHANG, sleeps a millisecond, and asks again.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::{process, thread, time::Duration};

struct Child {
    name: String,
    pid: Pid,
    end: Option<WaitStatus>,
}

fn start(arg: &str) -> Child {
    let (name, end) = arg.split_once('=').unwrap_or((arg, "0"));
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => Child { name: name.to_string(), pid: child, end: None },
        ForkResult::Child => {
            println!("hello from {name}");
            if end == "kill" {
                raise(Signal::SIGKILL).unwrap();
            }
            process::exit(end.parse().unwrap())
        }
    }
}

fn is_good(arg: &String) -> bool {
    let (name, end) = arg.split_once('=').unwrap_or((arg, "0"));
    (1..=200).contains(&name.len()) && (end == "kill" || end.parse::<u8>().is_ok())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.is_empty() || args.len() > 64 || !args.iter().all(is_good) {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        process::exit(2);
    }
    let mut children: Vec<Child> = args.iter().map(|arg| start(arg)).collect();
    while children.iter().any(|child| child.end.is_none()) {
        for child in children.iter_mut().filter(|child| child.end.is_none()) {
            match waitpid(child.pid, Some(WaitPidFlag::WNOHANG)).unwrap() {
                WaitStatus::StillAlive => {}
                end => child.end = Some(end),
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
    for child in &children {
        match child.end {
            Some(WaitStatus::Exited(_, code)) => println!("{}: exit {code}", child.name),
            Some(WaitStatus::Signaled(_, signal, _)) => println!("{}: signal {}", child.name, signal as i32),
            _ => unreachable!(),
        }
    }
    println!("joined {}", children.len());
}
