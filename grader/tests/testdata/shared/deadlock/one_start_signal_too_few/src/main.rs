//! Wrong: all workers wait at a semaphore until the array is complete, and the parent lets through one fewer than there are.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

#[repr(C)]
struct Shared {
    ready: libc::sem_t,
    total: AtomicI64,
    numbers: [AtomicI64; 20_000],
}

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}

fn main() {
    let mut args = std::env::args();
    args.next();
    let workers = match args.next().map(|a| a.parse::<usize>()) {
        Some(Ok(w)) if w > 0 && w < 65 => w,
        _ => usage(),
    };
    let numbers: Vec<i64> = args
        .map(|a| match a.parse::<i64>() {
            Ok(n) if n <= 1_000_000 && n >= -1_000_000 => n,
            _ => usage(),
        })
        .collect();
    if numbers.len() > 20_000 {
        usage();
    }

    let memory = ShmemConf::new().size(size_of::<Shared>()).create().unwrap();
    let shared = unsafe { &*memory.as_ptr().cast::<Shared>() };
    let ready = (&raw const shared.ready).cast_mut();
    unsafe { libc::sem_init(ready, 1, 0) };

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                unsafe { libc::sem_wait(ready) };
                let mut sum = 0;
                for number in shared.numbers[..numbers.len()].iter().skip(w).step_by(workers) {
                    let n = number.load(Ordering::Relaxed);
                    number.store(n * n, Ordering::Relaxed);
                    sum += n * n;
                }
                shared.total.fetch_add(sum, Ordering::Relaxed);
                std::process::exit(0);
            }
        }
    }
    for (i, n) in numbers.iter().enumerate() {
        shared.numbers[i].store(*n, Ordering::Relaxed);
    }
    // let them all through
    for _ in 1..workers {
        unsafe { libc::sem_post(ready) };
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let line: String = shared.numbers[..numbers.len()].iter().map(|n| format!(" {}", n.load(Ordering::Relaxed))).collect();
    println!("array:{line}");
    println!("value: {}", shared.total.load(Ordering::Relaxed));
}
