//! The tools that are measured rightly. Read on once your own work is done.

use std::hint;
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ipc_channel::ipc;
use nix::libc::{self, sem_t};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use rayon::ThreadPoolBuilder;
use shared_memory::ShmemConf;

use crate::Result;

/// Calls `use_once` so many times and says how long that took.
pub fn timed(rounds: u32, mut use_once: impl FnMut() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    for _ in 0..rounds {
        use_once()?;
    }
    Ok(start.elapsed())
}

/// A process that is started and waited for.
pub fn process(rounds: u32) -> Result<Duration> {
    timed(rounds, || {
        // SAFETY: this process has one thread, so its copy may do whatever it could do.
        match unsafe { fork() }? {
            ForkResult::Child => exit(0),
            ForkResult::Parent { child } => waitpid(child, None)?,
        };
        Ok(())
    })
}

/// Items that one process puts and another takes.
pub fn queue(rounds: u32) -> Result<Duration> {
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
pub fn lock(rounds: u32) -> Result<Duration> {
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
pub fn value(rounds: u32) -> Result<Duration> {
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
pub fn pool(rounds: u32) -> Result<Duration> {
    let pool = ThreadPoolBuilder::new().num_threads(4).build()?;
    timed(rounds, || {
        hint::black_box(pool.install(|| hint::black_box(7_u32).pow(2)));
        Ok(())
    })
}
