//! `shared WORKERS NUMBER...`: many processes work on one array.
//!
//! WORKERS processes square the numbers in place, each its own part of the array, and each
//! adds the sum of its squares to one total that all of them share.
//!
//! The total comes out right: it lies in shared memory. The array does not: it is a `Vec`,
//! and after a fork each process has a `Vec` of its own. **Your task: put the array into
//! shared memory too**, so that the parent sees what its children wrote.

use std::env;
use std::error::Error;
use std::ops::Range;
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicI64, Ordering};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

fn main() -> ExitCode {
    let Some((workers, numbers)) = arguments() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        return ExitCode::from(2);
    };
    match run(workers, numbers) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shared: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The arguments, or nothing if they are not as they should be.
fn arguments() -> Option<(usize, Vec<i64>)> {
    let mut arguments = env::args().skip(1);
    let workers = arguments.next()?.parse().ok().filter(|n| (1..=64).contains(n))?;
    let mut numbers: Vec<i64> = Vec::new();
    for argument in arguments {
        let number = argument.parse().ok()?;
        if !(-1_000_000..=1_000_000).contains(&number) {
            return None;
        }
        numbers.push(number);
    }
    (numbers.len() <= 20_000).then_some((workers, numbers))
}

fn run(workers: usize, numbers: Vec<i64>) -> Result<(), Box<dyn Error>> {
    // Shared memory is made before the children: after a fork, parent and child still mean
    // the same bytes by the same address. Its name in the system goes away when the parent
    // drops `memory`. New shared memory is filled with zeros.
    let memory = ShmemConf::new().size(size_of::<AtomicI64>()).create()?;
    // SAFETY: the memory starts at a page, so the word is aligned, and it is large enough.
    let total = unsafe { &*memory.as_ptr().cast::<AtomicI64>() };

    // ----- Work here: these numbers are the parent's own. Make the memory above larger, and
    // ----- let the array lie in it, behind the total.
    let mut array = numbers;

    // All are started before the first is waited for.
    let mut children = Vec::new();
    for worker in 0..workers {
        let part = part_of(array.len(), worker, workers);
        children.push(start(|| square(&mut array[part], total))?);
    }
    for child in children {
        // Waiting also tells how the child ended.
        if waitpid(child, None)? != WaitStatus::Exited(child, 0) {
            return Err("a child process failed".into());
        }
    }

    let squares: String = array.iter().map(|square| format!(" {square}")).collect();
    println!("array:{squares}");
    println!("value: {}", total.load(Ordering::Relaxed));
    Ok(())
}

/// The part of `length` places that is `worker`'s. Each part starts where the one before it
/// ends and the last ends at `length`, whether or not the numbers divide evenly.
fn part_of(length: usize, worker: usize, workers: usize) -> Range<usize> {
    length * worker / workers..length * (worker + 1) / workers
}

/// Squares the numbers of `part` in place and adds their sum to `total`.
fn square(part: &mut [i64], total: &AtomicI64) {
    let mut sum = 0;
    for number in part {
        *number *= *number;
        sum += *number;
    }
    // Reads, adds and writes in one step: no other process can come between.
    total.fetch_add(sum, Ordering::Relaxed);
}

/// Starts a child process that does `work` and ends.
fn start(work: impl FnOnce()) -> nix::Result<Pid> {
    // fork returns twice: in the parent with the child's number, and in the child.
    // SAFETY: this process has one thread, so the child finds no lock held by another.
    match unsafe { fork()? } {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            process::exit(0); // or the child would go on with the parent's part
        }
    }
}
