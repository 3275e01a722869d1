//! Right: fork all, then `waitpid` each in the order of the arguments, printing as the ends come.
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::process::exit;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut jobs: Vec<(String, Option<u8>)> = vec![];
    for a in &args {
        let parts: Vec<&str> = a.split('=').collect();
        let end = match parts[..] {
            [_] => Some(Some(0)),
            [_, "kill"] => Some(None),
            [_, code] => code.parse().ok().map(Some),
            _ => None,
        };
        if end.is_none() || parts[0].is_empty() || parts[0].len() > 200 {
            usage()
        }
        jobs.push((parts[0].to_string(), end.unwrap()));
    }
    if jobs.is_empty() || jobs.len() > 64 {
        usage()
    }

    let mut pids = vec![];
    for (name, end) in &jobs {
        match unsafe { fork() }.expect("fork failed") {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                if let Some(code) = end {
                    exit(*code as i32);
                }
                raise(Signal::SIGKILL).unwrap();
            }
        }
    }
    for (i, pid) in pids.iter().enumerate() {
        let name = &jobs[i].0;
        match waitpid(*pid, None).unwrap() {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, sig, _) => println!("{name}: signal {}", sig as i32),
            other => panic!("{other:?}"),
        }
    }
    println!("joined {}", pids.len());
}

fn usage() -> ! {
    eprintln!("usage: spawn NAME[=CODE|=kill]...");
    exit(2)
}
