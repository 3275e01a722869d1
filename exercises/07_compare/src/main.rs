//! `compare [--chart FILE.svg] ROUNDS` uses each of the six tools ROUNDS times and prints a
//! table of what one use costs. Then it answers the needs on standard input, one a line, with
//! the tool whose main use that is, or with `unknown`:
//!
//! ```text
//! two processes talk: Pipe
//! ```
//!
//! Your task: the program gives wrong advice, and one of the six tools is not used as it
//! should be: talking means a message *and* its answer. Mend both.
//!
//! Run it: `echo 'two processes talk' | cargo run -p compare -- 100`
//! Grade it: `cargo grade compare`

mod chart;
mod tools;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{ExitCode, exit};
use std::time::Duration;
use std::{env, fs};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A tool, its main use, and the function that uses it so many times and says how long that took.
type Tool = (&'static str, &'static str, fn(u32) -> Result<Duration>);

/// The pool comes last, since it makes threads: a process with threads should not fork.
const TOOLS: [Tool; 6] = [
    ("Process", "start independent processes", tools::process),
    ("Pipe", "two processes talk", pipe),
    ("Queue", "several processes talk", tools::queue),
    ("Lock", "avoid conflicts", tools::lock),
    ("Value, Array", "share memory", tools::value),
    ("Pool", "many tasks in parallel, easily", tools::pool),
];

fn main() -> Result<ExitCode> {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let (chart_file, rounds) = match args.as_slice() {
        [rounds] => (None, rounds.to_str()),
        [flag, file, rounds] if flag == "--chart" => (Some(file), rounds.to_str()),
        _ => (None, None),
    };
    let Some(rounds @ 1..=100_000) = rounds.and_then(|text| text.parse().ok()) else {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        return Ok(ExitCode::from(2));
    };

    let mut costs = Vec::new();
    println!("{:<14}{:<36}cost of one", "tool", "main use");
    for (tool, main_use, use_it) in TOOLS {
        let nanoseconds = use_it(rounds)?.as_nanos() as f64 / f64::from(rounds);
        println!("{tool:<14}{main_use:<36}{}", chart::cost(nanoseconds));
        costs.push((tool, nanoseconds));
    }
    if let Some(file) = chart_file {
        fs::write(file, chart::svg(&costs))?;
    }

    for line in io::stdin().lines() {
        let line = line?;
        let need = line.trim();
        if !need.is_empty() {
            println!("{need}: {}", tool_for(need));
        }
    }
    Ok(ExitCode::SUCCESS)
}

// Your work is from here to the end of this file.

/// The tool for a need.
fn tool_for(need: &str) -> &'static str {
    match need {
        "start independent processes" => "Process",
        "two processes talk" => "Queue",
        "several processes talk" => "Pipe",
        "avoid conflicts" => "Lock",
        "share memory" => "Value, Array",
        "many tasks in parallel, easily" => "Pool",
        _ => "unknown",
    }
}

/// A message to another process, and its answer.
fn pipe(rounds: u32) -> Result<Duration> {
    // Two ends of one two-way pipe. After the fork both processes have both of them open.
    let (mut ours, mut theirs) = UnixStream::pair()?;
    // SAFETY: this process has one thread, so its copy may do whatever it could do.
    let partner = match unsafe { fork() }? {
        ForkResult::Child => {
            drop(ours); // or the child would wait for the end of what it has open itself
            let mut message = [0; 8];
            while theirs.read_exact(&mut message).is_ok() {}
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop(theirs);
    let time = tools::timed(rounds, || Ok(ours.write_all(b"question")?));
    drop(ours); // tells the child that there is no more
    waitpid(partner, None)?;
    time
}
