//! Right: waits for whoever ends first, keeps the ends in a map, and prints them in the order of the arguments.
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, Pid, fork, getpid};
use std::collections::HashMap;
use std::process::exit;

#[derive(Debug)]
enum Plan {
    Code(u8),
    Kill,
}

fn parse() -> Option<Vec<(String, Plan)>> {
    let mut plans = Vec::new();
    for arg in std::env::args().skip(1) {
        let mut parts = arg.splitn(2, '=');
        let name = parts.next()?.to_owned();
        let plan = match parts.next() {
            None => Plan::Code(0),
            Some("kill") => Plan::Kill,
            Some(code) => Plan::Code(code.parse().ok()?),
        };
        if name.is_empty() || name.len() > 200 {
            return None;
        }
        plans.push((name, plan));
    }
    if plans.is_empty() || plans.len() > 64 { None } else { Some(plans) }
}

fn main() {
    let Some(plans) = parse() else {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2)
    };
    let mut order: Vec<Pid> = Vec::new();
    for (name, plan) in &plans {
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => order.push(child),
            Ok(ForkResult::Child) => {
                println!("hello from {name}");
                match plan {
                    Plan::Code(code) => exit(i32::from(*code)),
                    Plan::Kill => kill(getpid(), Signal::SIGKILL).unwrap(),
                }
            }
            Err(error) => panic!("fork: {error}"),
        }
    }
    let mut ends: HashMap<Pid, String> = HashMap::new();
    loop {
        match wait() {
            Ok(WaitStatus::Exited(pid, code)) => ends.insert(pid, format!("exit {code}")),
            Ok(WaitStatus::Signaled(pid, signal, _)) => ends.insert(pid, format!("signal {}", signal as i32)),
            Ok(_) => continue,
            Err(Errno::ECHILD) => break,
            Err(error) => panic!("wait: {error}"),
        };
    }
    for (pid, (name, _)) in order.iter().zip(&plans) {
        println!("{name}: {}", ends[pid]);
    }
    println!("joined {}", ends.len());
}
