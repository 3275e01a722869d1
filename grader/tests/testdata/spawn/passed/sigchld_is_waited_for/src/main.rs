//! Right: SIGCHLD is blocked; once all are started the parent takes the signals one by one and reaps whoever has ended.
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};
use std::process::exit;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let split: Vec<(&str, &str)> = args.iter().map(|a| a.split_once('=').unwrap_or((a, "0"))).collect();
    let fine = |(n, e): &(&str, &str)| n.len() > 0 && n.len() <= 200 && (*e == "kill" || e.parse::<u8>().is_ok());
    if args.is_empty() || args.len() > 64 || !split.iter().all(fine) {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2);
    }

    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    mask.thread_block().unwrap();

    let mut pids = Vec::new();
    for (name, end) in &split {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                match end.parse() {
                    Ok(code) => exit(code),
                    Err(_) => kill(getpid(), Signal::SIGKILL).unwrap(),
                }
            }
        }
    }

    let mut ends: Vec<Option<String>> = vec![None; pids.len()];
    while ends.iter().any(Option::is_none) {
        mask.wait().unwrap();
        // One signal can stand for several children.
        loop {
            let (pid, end) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, format!("exit {code}")),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, format!("signal {}", signal as i32)),
                Ok(_) | Err(_) => break,
            };
            let place = pids.iter().position(|p| *p == pid).unwrap();
            ends[place] = Some(end);
        }
    }
    for ((name, _), end) in split.iter().zip(ends) {
        println!("{name}: {}", end.unwrap());
    }
    println!("joined {}", pids.len());
}
