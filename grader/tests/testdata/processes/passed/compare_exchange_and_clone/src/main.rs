//! Right: the threads add by compare and exchange until it works; the children come from `clone` without shared memory.
use nix::libc::SIGCHLD;
use nix::sched::{CloneFlags, clone};
use nix::sys::wait::waitpid;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::thread;

fn increment(counter: &AtomicU64) {
    let mut seen = counter.load(Relaxed);
    while let Err(now) = counter.compare_exchange_weak(seen, seen + 1, AcqRel, Relaxed) {
        seen = now;
    }
}

fn main() -> std::process::ExitCode {
    let mut args = std::env::args().skip(1);
    let workers: usize = args.next().and_then(|s| s.parse().ok()).unwrap_or(usize::MAX);
    let increments: u64 = args.next().and_then(|s| s.parse().ok()).unwrap_or(u64::MAX);
    if args.next().is_some() || workers == 0 || workers > 64 || increments > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        return 2.into();
    }

    let counter = Arc::new(AtomicU64::new(0));
    let threads = (0..workers)
        .map(|_| {
            let counter = counter.clone();
            thread::spawn(move || (0..increments).for_each(|_| increment(&counter)))
        })
        .collect::<Vec<_>>();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", counter.load(Acquire));
    counter.store(0, Release);

    let mut stacks = vec![vec![0u8; 256 * 1024]; workers];
    let mut children = Vec::new();
    for (number, stack) in stacks.iter_mut().enumerate() {
        let counter = &counter;
        let life = Box::new(move || {
            (0..increments).for_each(|_| increment(counter));
            println!("child {number}: counter {}", counter.load(Relaxed));
            0
        });
        // No CLONE_VM: the child's memory is a copy.
        children.push(unsafe { clone(life, stack, CloneFlags::empty(), Some(SIGCHLD)) }.unwrap());
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", counter.load(Acquire));
    0.into()
}
