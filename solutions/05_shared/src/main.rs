//! The reference solution of `shared`: an array and a total that all processes see.
//!
//! Python's `Array('q', numbers)` is a slice of `AtomicI64` here, and `Value('q', 0)` is one
//! more of them: plain words in shared memory, of a type that says that others write them too.

use std::env;
use std::error::Error;
use std::ops::Range;
use std::process::{self, ExitCode};
use std::slice;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

fn main() -> ExitCode {
    let Some((workers, numbers)) = arguments() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        return ExitCode::from(2);
    };
    match run(workers, &numbers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shared: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments, where they are what the contract allows.
fn arguments() -> Option<(usize, Vec<i64>)> {
    let mut arguments = env::args().skip(1);
    let workers = arguments.next()?.parse().ok().filter(|n| (1..=64).contains(n))?;
    let numbers: Vec<i64> = arguments
        .map(|argument| argument.parse().ok().filter(|n| (-1_000_000..=1_000_000).contains(n)))
        .collect::<Option<_>>()?;
    (numbers.len() <= 20_000).then_some((workers, numbers))
}

fn run(workers: usize, numbers: &[i64]) -> Result<(), Box<dyn Error>> {
    // One word for the value, then one for each number. Made before the first fork, so that
    // all children find the same memory at the same address. Its name in the system goes away
    // when `memory` is dropped, here in the parent: children leave by `process::exit`, which
    // drops nothing.
    let length = 1 + numbers.len();
    let memory = ShmemConf::new().size(length * size_of::<AtomicI64>()).create()?;
    // SAFETY: the mapping starts at a page, so it is aligned; it has room for `length` words,
    // all zero at first; it outlives the slice; and nobody uses it other than by atomics.
    let words = unsafe { slice::from_raw_parts(memory.as_ptr().cast::<AtomicI64>(), length) };
    let (value, array) = words.split_first().ok_or("no room for the value")?;
    for (place, number) in array.iter().zip(numbers) {
        place.store(*number, Relaxed);
    }

    let mut children = Vec::new();
    let started = (0..workers).try_for_each(|worker| {
        let part = part_of(array.len(), worker, workers);
        children.push(start(|| square(&array[part], value))?);
        Ok::<(), Errno>(())
    });

    // Every child that was started is waited for, even where one could not be started.
    let mut ends = Vec::new();
    for child in children {
        ends.push(waitpid(child, None)?);
    }
    started?;
    if ends.iter().any(|end| !matches!(end, WaitStatus::Exited(_, 0))) {
        return Err("a child process failed".into());
    }

    let squares: String = array.iter().map(|square| format!(" {}", square.load(Relaxed))).collect();
    println!("array:{squares}");
    println!("value: {}", value.load(Relaxed));
    Ok(())
}

/// The part of `length` places that is `worker`'s. Each part starts where the one before it
/// ends and the last ends at `length`, whether or not the numbers divide evenly.
fn part_of(length: usize, worker: usize, workers: usize) -> Range<usize> {
    length * worker / workers..length * (worker + 1) / workers
}

/// Squares the numbers of `part` in place and adds their sum to `value`.
fn square(part: &[AtomicI64], value: &AtomicI64) {
    let mut sum = 0;
    for place in part {
        let number = place.load(Relaxed);
        place.store(number * number, Relaxed);
        sum += number * number;
    }
    // Reads, adds and writes in one step: all workers add to the same word. (`Relaxed` is
    // enough everywhere, since the parent looks only after it has waited for the child.)
    value.fetch_add(sum, Relaxed);
}

/// Starts a child process that does `work` and ends.
fn start(work: impl FnOnce()) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, so the child finds no lock held by another.
    match unsafe { fork()? } {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            process::exit(0);
        }
    }
}
