//! Wrong: each worker is a grandchild whose own parent leaves it behind at once; nobody can wait for it, a pipe tells when all are done.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe, read};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>().unwrap_or(u64::MAX));
    let (workers, increments) = (args.next().unwrap_or(0), args.next().unwrap_or(u64::MAX));
    if args.next().is_some() || workers == 0 || workers > 64 || increments > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(move || count(increments))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);

    let (done, busy) = pipe().unwrap();
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => {
                waitpid(child, None).unwrap();
            }
            ForkResult::Child => {
                if let ForkResult::Parent { .. } = unsafe { fork() }.unwrap() {
                    exit(0);
                }
                count(increments);
                println!("child {number}: counter {}", COUNTER.load(Relaxed));
                exit(0);
            }
        }
    }
    drop(busy);
    read(&done, &mut [0]).unwrap();
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
