//! Right: a FIFO in the temporary folder, where each child signs after its greeting; the parent reads all signatures, and removes it.
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid, mkfifo, read, write};
use std::fs::OpenOptions;
use std::process::exit;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut plans: Vec<(&str, i32)> = Vec::new();
    for arg in &args {
        let (name, end) = arg.split_once('=').unwrap_or((arg, "0"));
        let end = if end == "kill" { Some(-1) } else { end.parse::<u8>().ok().map(i32::from) };
        match end {
            Some(end) if !name.is_empty() && name.len() <= 200 => plans.push((name, end)),
            _ => {}
        }
    }
    if plans.len() != args.len() || plans.is_empty() || plans.len() > 64 {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2);
    }

    let path = std::env::temp_dir().join(format!("spawn-roll-{}", getpid()));
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR).expect("a FIFO");
    // Open for both, so that the open does not wait for somebody at the other end.
    let roll = OpenOptions::new().read(true).write(true).open(&path).expect("the FIFO");
    // It can be used without its name from here on.
    std::fs::remove_file(&path).expect("the FIFO's name");

    let mut pids = vec![];
    for (name, end) in &plans {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                println!("hello from {name}");
                write(&roll, b"x").unwrap();
                if *end < 0 {
                    kill(getpid(), Signal::SIGKILL).unwrap();
                }
                exit(*end)
            }
            ForkResult::Parent { child } => pids.push(child),
        }
    }
    let mut missing = pids.len();
    while missing > 0 {
        missing -= read(&roll, &mut vec![0; missing]).unwrap();
    }
    for (i, pid) in pids.iter().enumerate() {
        let end = match waitpid(*pid, None).unwrap() {
            WaitStatus::Exited(_, code) => format!("exit {code}"),
            WaitStatus::Signaled(_, signal, _) => format!("signal {}", signal as i32),
            other => format!("{other:?}"),
        };
        println!("{}: {end}", plans[i].0);
    }
    println!("joined {}", pids.len());
}
