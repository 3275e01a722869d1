//! Create, start, join.
//!
//! `spawn NAME[=CODE|=kill]...` starts one child process for each argument. Each child greets;
//! then it exits with 0, or with CODE (0 to 255), or kills itself with SIGKILL. The parent
//! waits for all of them and prints how each one ended. For `ana luis=3 eva=kill`:
//!
//! ```text
//! hello from ana              (each greeting is printed by that child)
//! hello from luis
//! hello from eva
//! ana: exit 0
//! luis: exit 3
//! eva: signal 9
//! joined 3
//! ```
//!
//! Greetings come in any order, the ends in the order of the arguments, each after that child's
//! greeting. All children are started before the first is waited for.
//!
//! Starting them is done. Nobody waits for them yet: see 'YOUR PART' below.

use std::env;
use std::process;

use nix::sys::signal::{Signal, kill};
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

    // `collect` starts them all. Without it the iterator would be lazy, and start each child
    // only when it is asked for the next.
    let children: Vec<Pid> = plans.iter().map_while(start).collect();

    for plan in &plans {
        // YOUR PART: this line is a guess. Wait for this child with `nix::sys::wait::waitpid`
        // and print what the system says: an exit code, or the number of a signal.
        println!("{}: exit 0", plan.name);
    }
    println!("joined {}", children.len());

    if children.len() < plans.len() {
        process::exit(1);
    }
}

/// Starts one child. None if there can't be one more.
fn start(plan: &Plan) -> Option<Pid> {
    // `fork` makes a second process that is a copy of this one. It returns in both: in the
    // parent with the child's process id, in the child with the news that it is the child.
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
            // No process can catch SIGKILL or ignore it, so `kill` does not return.
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
