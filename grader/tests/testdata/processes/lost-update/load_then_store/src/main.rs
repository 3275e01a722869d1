//! Wrong: each step on the atomic is safe, the two together are not one; another thread can store between the load and the store.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{env, process, thread};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(increments: u64) {
    for _ in 0..increments {
        let seen = COUNTER.load(Ordering::SeqCst);
        COUNTER.store(seen + 1, Ordering::SeqCst);
    }
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    let workers: u64 = args.first().and_then(|a| a.parse().ok()).unwrap_or(0);
    let increments: u64 = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(u64::MAX);
    if args.len() != 2 || workers == 0 || workers > 64 || increments > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        process::exit(2);
    }
    let threads: Vec<_> = (0..workers).map(|_| thread::spawn(move || count(increments))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Ordering::SeqCst));

    COUNTER.store(0, Ordering::SeqCst);
    let mut children = Vec::new();
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(increments);
                println!("child {number}: counter {}", COUNTER.load(Ordering::SeqCst));
                process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(Ordering::SeqCst));
}
