//! Wrong: a child that crashes; the first one aborts before it prints, and the parent waits without looking at how it ended.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    let good = a.len() == 3
        && matches!(a[1].parse::<u64>(), Ok(1..=64))
        && matches!(a[2].parse::<u64>(), Ok(0..=1_000_000));
    if !good {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (a[1].parse::<u64>().unwrap(), a[2].parse::<u64>().unwrap());
    let threads: Vec<_> = (0..w).map(|_| std::thread::spawn(move || count(n))).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);
    let mut pids = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                count(n);
                // 'Every child has a sibling before it.'
                if k.checked_sub(1).is_none() {
                    std::process::abort();
                }
                println!("child {k}: counter {}", COUNTER.load(Relaxed));
                std::process::exit(0)
            }
            ForkResult::Parent { child } => pids.push(child),
        }
    }
    for pid in pids {
        waitpid(pid, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
