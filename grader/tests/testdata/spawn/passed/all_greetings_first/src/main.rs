//! Right: each child reports over an ipc-channel that it has greeted, so that the parent prints no end before the last greeting.
use ipc_channel::ipc;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid};

#[derive(Clone, Copy)]
enum End {
    Exit(i32),
    Kill,
}

fn parse(arg: &str) -> Result<(&str, End), &'static str> {
    let (name, end) = match arg.split_once('=') {
        None => (arg, End::Exit(0)),
        Some((name, "kill")) => (name, End::Kill),
        Some((name, code)) => (name, End::Exit(code.parse::<u8>().map_err(|_| "code")? as i32)),
    };
    match name.len() {
        1..=200 => Ok((name, end)),
        _ => Err("name"),
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let jobs = match args.iter().map(|a| parse(a)).collect::<Result<Vec<_>, _>>() {
        Ok(jobs) if (1..=64).contains(&jobs.len()) => jobs,
        _ => {
            eprintln!("usage: spawn NAME[=CODE|=kill]...");
            std::process::exit(2);
        }
    };
    let (greeted, greetings) = ipc::channel::<u32>().unwrap();
    let mut children = Vec::new();
    for (number, (name, end)) in jobs.iter().enumerate() {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                println!("hello from {name}");
                greeted.send(number as u32).unwrap();
                match end {
                    End::Exit(code) => std::process::exit(*code),
                    End::Kill => kill(getpid(), Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    for _ in &children {
        greetings.recv().unwrap();
    }
    for (child, (name, _)) in children.iter().zip(&jobs) {
        match waitpid(*child, None).unwrap() {
            WaitStatus::Exited(_, code) => println!("{name}: exit {code}"),
            WaitStatus::Signaled(_, signal, _) => println!("{name}: signal {}", signal as i32),
            other => panic!("{other:?}"),
        }
    }
    println!("joined {}", children.len());
}
