//! Create, start, join: one child process for each argument, and how each of them ended.

use std::env;
use std::process;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid};

/// What one child is to do.
struct Plan {
    name: String,
    end: End,
}

/// How a child is to end.
enum End {
    Exit(u8),
    Kill,
}

fn main() {
    let Some(plans) = arguments() else {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        process::exit(2);
    };

    // `collect` starts them all. Without it the iterator would be lazy, and each child would
    // only be started when the one before it had been waited for.
    let children: Vec<Pid> = plans.iter().map_while(start).collect();

    // Waiting for a child tells how it ended, and clears it away: until then it stays as a
    // zombie. All are waited for before anything is printed, since printing can fail.
    let ends: Vec<_> = children.into_iter().map(|child| waitpid(child, None)).collect();

    for (plan, end) in plans.iter().zip(&ends) {
        let name = &plan.name;
        match end {
            Ok(WaitStatus::Exited(_, code)) => println!("{name}: exit {code}"),
            Ok(WaitStatus::Signaled(_, signal, _)) => println!("{name}: signal {}", *signal as i32),
            other => eprintln!("{name}: {other:?}"),
        }
    }
    println!("joined {}", ends.len());

    if ends.len() < plans.len() {
        process::exit(1);
    }
}

/// Starts one child. None if there can't be one more.
fn start(plan: &Plan) -> Option<Pid> {
    // SAFETY: this process has a single thread, so the child copies no lock that another holds.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => Some(child),
        Ok(ForkResult::Child) => live(plan),
        Err(error) => {
            eprintln!("{}: cannot start: {error}", plan.name);
            None
        }
    }
}

/// A child's whole life. It never returns: its caller's next lines are the parent's.
fn live(plan: &Plan) -> ! {
    // The line goes out at its end. Text still in a buffer would be lost with a kill.
    println!("hello from {}", plan.name);
    match plan.end {
        End::Exit(code) => process::exit(code.into()),
        End::Kill => {
            let killed = kill(getpid(), Signal::SIGKILL);
            unreachable!("nobody survives SIGKILL: {killed:?}")
        }
    }
}

/// What the arguments say, or nothing if they are not right.
fn arguments() -> Option<Vec<Plan>> {
    let words: Vec<_> = env::args_os().skip(1).collect();
    if !(1..=64).contains(&words.len()) {
        return None;
    }
    words.into_iter().map(|word| plan(&word.into_string().ok()?)).collect()
}

/// Reads `NAME`, `NAME=CODE` or `NAME=kill`.
fn plan(word: &str) -> Option<Plan> {
    let (name, end) = match word.split_once('=') {
        None => (word, End::Exit(0)),
        Some((name, "kill")) => (name, End::Kill),
        Some((name, code)) => (name, End::Exit(code.parse().ok()?)),
    };
    (1..=200).contains(&name.len()).then(|| Plan { name: name.into(), end })
}
