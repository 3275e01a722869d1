//! Own memory against shared memory.
//!
//! `processes WORKERS INCREMENTS` has one counter. First WORKERS threads count it up, each by
//! one, INCREMENTS times. Then the counter is set back to zero, and WORKERS child processes do
//! the same to what they believe is that counter. Each child prints what it counted to, and at
//! the end the parent prints what it sees itself. For `4 100`:
//!
//! ```text
//! threads: counter 400
//! child 0: counter 100        (the children's lines come in any order)
//! child 1: counter 100
//! child 2: counter 100
//! child 3: counter 100
//! parent: counter 0
//! ```
//!
//! The first half is done. The second half still uses threads: see 'YOUR PART' below.

use std::env;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

/// The counter. Every process has one of its own; the threads of a process share it.
static COUNTER: AtomicU64 = AtomicU64::new(0);

fn main() {
    let Some((workers, increments)) = arguments() else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        process::exit(2);
    };

    count_with_threads(workers, increments);
    println!("threads: counter {}", COUNTER.load(Relaxed));

    COUNTER.store(0, Relaxed);
    count_with_processes(workers, increments);
    println!("parent: counter {}", COUNTER.load(Relaxed));
}

/// WORKERS (1 to 64) and INCREMENTS (0 to 1,000,000), or nothing if they are not just that.
fn arguments() -> Option<(u32, u64)> {
    let mut words = env::args_os().skip(1).map(|word| word.into_string().ok());
    let workers = words.next()??.parse().ok()?;
    let increments = words.next()??.parse().ok()?;
    let right = words.next().is_none() && (1..=64).contains(&workers) && increments <= 1_000_000;
    right.then_some((workers, increments))
}

/// Counts up one by one. `fetch_add` reads, adds and writes in one step, so that no other
/// thread can come between.
fn count(increments: u64) {
    for _ in 0..increments {
        COUNTER.fetch_add(1, Relaxed);
    }
}

/// Has `workers` threads count, all at once.
fn count_with_threads(workers: u32, increments: u64) {
    let start = Instant::now();
    // `collect` starts them all; without it the iterator would start each just before its join.
    let threads: Vec<_> = (0..workers).map(|_| thread::spawn(move || count(increments))).collect();
    eprintln!("creating one thread took {:.1?}", start.elapsed() / workers);

    for thread in threads {
        thread.join().expect("counting does not panic");
    }
}

/// Has `workers` child processes count, all at once.
fn count_with_processes(workers: u32, increments: u64) {
    let start = Instant::now();

    // YOUR PART: these are threads again, and threads share the counter. Start child processes
    // with `nix::unistd::fork` instead, and wait for each with `nix::sys::wait::waitpid`.
    let children: Vec<_> = (0..workers)
        .map(|number| {
            thread::spawn(move || {
                count(increments);
                println!("child {number}: counter {}", COUNTER.load(Relaxed));
            })
        })
        .collect();
    eprintln!("creating one process took {:.1?}", start.elapsed() / workers);

    for child in children {
        child.join().expect("counting does not panic");
    }
}
