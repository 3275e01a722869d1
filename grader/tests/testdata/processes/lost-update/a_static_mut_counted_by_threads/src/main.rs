//! Wrong: threads count on a `static mut`, each with a read and a write of its own.
use std::env;
use std::process;
use std::thread;
use std::time::Instant;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

/// The counter. Every process has one of its own; the threads of a process share it.
static mut COUNTER: u64 = 0;

fn counter() -> u64 {
    unsafe { *(&raw const COUNTER) }
}

fn main() {
    let Some((workers, increments)) = arguments() else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        process::exit(2);
    };

    count_with_threads(workers, increments);
    println!("threads: counter {}", counter());

    unsafe { COUNTER = 0 };
    let all_went_well = count_with_processes(workers, increments);
    println!("parent: counter {}", counter());

    if !all_went_well {
        process::exit(1);
    }
}

/// WORKERS (1 to 64) and INCREMENTS (0 to 1,000,000), or nothing if they are not just that.
fn arguments() -> Option<(u32, u64)> {
    let mut words = env::args_os().skip(1).map(|word| word.into_string().ok());
    let workers = words.next()??.parse().ok()?;
    let increments = words.next()??.parse().ok()?;
    let right = words.next().is_none() && (1..=64).contains(&workers) && increments <= 1_000_000;
    right.then_some((workers, increments))
}

fn count(increments: u64) {
    for _ in 0..increments {
        unsafe { COUNTER += 1 };
    }
}

/// Has `workers` threads count, all at once.
fn count_with_threads(workers: u32, increments: u64) {
    let start = Instant::now();
    // `collect` starts them all; without it the iterator would start each just before its join.
    let threads: Vec<_> = (0..workers).map(|_| thread::spawn(move || count(increments))).collect();
    eprintln!("creating one thread took {:.1?}", start.elapsed() / workers);

    // Joining every thread also makes sure that none is left when this process forks.
    for thread in threads {
        thread.join().expect("counting does not panic");
    }
}

/// Has `workers` child processes count, all at once; says whether all of them could.
fn count_with_processes(workers: u32, increments: u64) -> bool {
    let start = Instant::now();
    let children: Vec<Pid> = (0..workers).map_while(|number| start_child(number, increments)).collect();
    eprintln!("creating one process took {:.1?}", start.elapsed() / workers);

    let mut finished = 0;
    for child in children {
        // Waiting for a child also clears it away: until then it would stay as a zombie.
        let end = waitpid(child, None);
        if end == Ok(WaitStatus::Exited(child, 0)) {
            finished += 1;
        }
    }
    finished == workers
}

/// Starts one child, which counts, prints its counter and ends. None if there can't be one more.
fn start_child(number: u32, increments: u64) -> Option<Pid> {
    // SAFETY: all threads have been joined, so the child copies no lock that a thread holds.
    // Standard output is empty too: it was written out at the end of the last line.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => Some(child),
        Ok(ForkResult::Child) => {
            count(increments);
            println!("child {number}: counter {}", counter());
            // A child that returned from here would go on with the parent's code.
            process::exit(0)
        }
        Err(error) => {
            eprintln!("cannot start child {number}: {error}");
            None
        }
    }
}
