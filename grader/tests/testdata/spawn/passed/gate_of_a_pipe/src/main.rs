//! Right: the children wait at a pipe until all of them are there; the parent opens the gate by closing its end.
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid, pipe};
use std::fs::File;
use std::io::Read;
use std::process;

fn usage() -> ! {
    eprintln!("usage: spawn NAME[=CODE|=kill]...");
    process::exit(2)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() == 0 || args.len() > 64 {
        usage()
    }
    let mut plan = vec![];
    for a in &args {
        let (name, what) = a.split_once('=').unwrap_or((a.as_str(), "0"));
        let code = if what == "kill" { 256 } else { what.parse::<u8>().unwrap_or_else(|_| usage()) as i32 };
        if name == "" || name.len() > 200 {
            usage()
        }
        plan.push((name, code));
    }
    let (wait_here, open) = pipe().unwrap();
    let mut gate = File::from(wait_here);
    let mut open = Some(open);
    let mut kids = vec![];
    for (name, code) in &plan {
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => kids.push((name, child)),
            Ok(ForkResult::Child) => {
                open.take(); // the child's copy of the parent's end
                gate.read(&mut [0]).unwrap();
                println!("hello from {name}");
                if *code == 256 {
                    kill(getpid(), Signal::SIGKILL).unwrap();
                }
                process::exit(*code);
            }
            Err(e) => {
                eprintln!("fork: {e}");
                break;
            }
        }
    }
    drop(open);
    for (name, kid) in &kids {
        match waitpid(*kid, None).unwrap() {
            WaitStatus::Exited(_, c) => println!("{name}: exit {c}"),
            WaitStatus::Signaled(_, s, _) => println!("{name}: signal {}", s as i32),
            _ => (),
        }
    }
    println!("joined {}", kids.len());
}
