//! `compare [--chart FILE.svg] ROUNDS`: uses each of the six tools ROUNDS times, prints what
//! one use costs, and then names the tool for each need that stands on standard input.

mod chart;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, hint};

use ipc_channel::ipc;
use nix::libc::{self, sem_t};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use rayon::ThreadPoolBuilder;
use shared_memory::ShmemConf;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A tool, its main use, and the function that uses it so many times and says how long that took.
type Tool = (&'static str, &'static str, fn(u32) -> Result<Duration>);

/// The pool comes last, since it makes threads: a process with threads should not fork.
const TOOLS: [Tool; 6] = [
    ("Process", "start independent processes", process),
    ("Pipe", "two processes talk", pipe),
    ("Queue", "several processes talk", queue),
    ("Lock", "avoid conflicts", lock),
    ("Value, Array", "share memory", value),
    ("Pool", "many tasks in parallel, easily", pool),
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
            let tool = TOOLS.iter().find(|(_, main_use, _)| *main_use == need);
            println!("{need}: {}", tool.map_or("unknown", |(name, ..)| name));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Calls `use_once` so many times and says how long that took.
fn timed(rounds: u32, mut use_once: impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..rounds {
        use_once()?;
    }
    Ok(start.elapsed())
}

/// A process that is started and waited for.
fn process(rounds: u32) -> Result<Duration> {
    timed(rounds, || {
        // SAFETY: this process has one thread, so its copy may do whatever it could do.
        match unsafe { fork() }? {
            ForkResult::Child => exit(0),
            ForkResult::Parent { child } => waitpid(child, None)?,
        };
        Ok(())
    })
}

/// A message to another process, and its answer.
fn pipe(rounds: u32) -> Result<Duration> {
    let (mut ours, mut theirs) = UnixStream::pair()?;
    let mut message = [0; 8];
    // SAFETY: this process has one thread.
    let partner = match unsafe { fork() }? {
        ForkResult::Child => {
            drop(ours); // or the child would wait for the end of what it has open itself
            while theirs.read_exact(&mut message).is_ok() && theirs.write_all(&message).is_ok() {}
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop(theirs);
    let time = timed(rounds, || {
        ours.write_all(b"question")?;
        ours.read_exact(&mut message)?;
        Ok(())
    });
    drop(ours); // tells the child that there is no more
    waitpid(partner, None)?;
    time
}

/// Items that one process puts and another takes.
fn queue(rounds: u32) -> Result<Duration> {
    let (put, take) = ipc::channel::<u32>()?;
    let (report, reports) = ipc::channel::<u32>()?;
    // SAFETY: this process has one thread.
    let consumer = match unsafe { fork() }? {
        ForkResult::Child => {
            drop(put); // the queue ends when nobody is left who could put
            let mut taken = 0;
            while take.recv().is_ok() {
                taken += 1;
            }
            let _ = report.send(taken); // an error here is the parent's to notice
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop((take, report));
    let start = Instant::now();
    let put_all = (0..rounds).try_for_each(|item| put.send(item));
    drop(put);
    let taken = put_all.and_then(|()| reports.recv());
    let time = start.elapsed();
    waitpid(consumer, None)?;
    if taken? == rounds { Ok(time) } else { Err("the queue lost an item".into()) }
}

/// A lock, taken and released: a semaphore of one, as Python's `Lock` is too.
fn lock(rounds: u32) -> Result<Duration> {
    // Memory with a name, by which any process can open it; dropping it takes the name away.
    let memory = ShmemConf::new().size(size_of::<sem_t>()).create()?;
    let semaphore: *mut sem_t = memory.as_ptr().cast();
    // SAFETY: the memory begins on a page and holds a semaphore; it is gone after the last use.
    unsafe {
        libc::sem_init(semaphore, 1, 1); // 1: shared between processes; 1: free
        let time = timed(rounds, || {
            libc::sem_wait(semaphore);
            libc::sem_post(semaphore);
            Ok(())
        });
        libc::sem_destroy(semaphore);
        time
    }
}

/// A value in shared memory, written and read.
fn value(rounds: u32) -> Result<Duration> {
    let memory = ShmemConf::new().size(size_of::<u64>()).create()?;
    // SAFETY: the memory begins on a page and holds a u64; only atomics touch it.
    let value = unsafe { AtomicU64::from_ptr(memory.as_ptr().cast()) };
    timed(rounds, || {
        value.store(7, Ordering::Relaxed);
        hint::black_box(value.load(Ordering::Relaxed));
        Ok(())
    })
}

/// A task that is given to a pool, and its result.
fn pool(rounds: u32) -> Result<Duration> {
    let pool = ThreadPoolBuilder::new().num_threads(4).build()?;
    timed(rounds, || {
        hint::black_box(pool.install(|| hint::black_box(7_u32).pow(2)));
        Ok(())
    })
}
