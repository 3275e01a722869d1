//! Right: `posix_spawn` starts this program again under another name (its argument 0), which tells the child that it is one.
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use std::env;
use std::ffi::CString;
use std::process::exit;

fn main() {
    let mut args = env::args();
    let me = args.next().unwrap_or_default();
    let args: Vec<String> = args.collect();
    if me == "spawned child" {
        println!("hello from {}", args[0]);
        if args[1] == "kill" {
            raise(Signal::SIGKILL).unwrap();
        }
        exit(args[1].parse().unwrap());
    }

    let mut jobs = Vec::new();
    for arg in &args {
        let (name, end) = arg.split_once('=').unwrap_or((arg, "0"));
        if name.is_empty() || name.len() > 200 || (end != "kill" && end.parse::<u8>().is_err()) {
            jobs.clear();
            break;
        }
        jobs.push((name, end));
    }
    if jobs.is_empty() || jobs.len() > 64 {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2);
    }

    let program = CString::new("/proc/self/exe").unwrap();
    let actions = PosixSpawnFileActions::init().unwrap();
    let attributes = PosixSpawnAttr::init().unwrap();
    let pids: Vec<_> = jobs
        .iter()
        .map(|(name, end)| {
            let argv = ["spawned child", name, end].map(|word| CString::new(word).unwrap());
            posix_spawn(program.as_c_str(), &actions, &attributes, &argv, &[] as &[CString]).unwrap()
        })
        .collect();
    for (pid, (name, _)) in pids.iter().zip(&jobs) {
        match waitpid(*pid, None).unwrap() {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", signal as i32),
            other => unreachable!("{other:?}"),
        }
    }
    println!("joined {}", pids.len());
}
