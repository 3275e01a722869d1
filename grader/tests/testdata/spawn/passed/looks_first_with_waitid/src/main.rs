//! Right: `waitid` with WNOWAIT looks how a child ended and leaves it there; then `waitpid` clears it away.
use nix::sys::signal::{self, Signal};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

struct Job<'a> {
    name: &'a str,
    end: Result<u8, ()>,
    pid: Option<Pid>,
}

fn jobs(args: &[String]) -> Option<Vec<Job<'_>>> {
    if args.is_empty() || args.len() > 64 {
        return None;
    }
    args.iter()
        .map(|arg| {
            let (name, end) = match arg.find('=') {
                Some(at) => (&arg[..at], Some(&arg[at + 1..])),
                None => (&arg[..], None),
            };
            let end = match end {
                None => Ok(0),
                Some("kill") => Err(()),
                Some(digits) => Ok(digits.parse().ok()?),
            };
            (!name.is_empty() && name.len() < 201).then_some(Job { name, end, pid: None })
        })
        .collect()
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(mut jobs) = jobs(&args) else {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        std::process::exit(2);
    };
    for job in &mut jobs {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => job.pid = Some(child),
            ForkResult::Child => {
                println!("hello from {}", job.name);
                match job.end {
                    Ok(code) => std::process::exit(code.into()),
                    Err(()) => signal::raise(Signal::SIGKILL).unwrap(),
                }
            }
        }
    }
    let mut joined = 0;
    for job in &jobs {
        let pid = job.pid.unwrap();
        let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        match waitid(Id::Pid(pid), look).unwrap() {
            WaitStatus::Exited(_, code) => println!("{}: exit {code}", job.name),
            WaitStatus::Signaled(_, signal, _) => println!("{}: signal {}", job.name, signal as i32),
            other => eprintln!("{other:?}"),
        }
        waitpid(pid, None).unwrap();
        joined += 1;
    }
    println!("joined {joined}");
}
