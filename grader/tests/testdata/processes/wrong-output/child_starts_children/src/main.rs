//! Wrong: the child stays in the parent's loop and starts children of its own; everyone waits for their own, and too many lines come.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getpid};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(9_999_999)).collect();
    if args.len() != 2 || !(1..=64).contains(&args[0]) || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let n = args[1];
    let threads: Vec<_> = (0..args[0]).map(|_| std::thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);

    let parent = getpid();
    let mut children = Vec::new();
    // Six at most: the number of processes doubles each time.
    for k in 0..args[0].min(6) {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                children.clear();
                count(n);
                println!("child {k}: counter {}", COUNTER.load(Relaxed));
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    if getpid() == parent {
        println!("parent: counter {}", COUNTER.load(Relaxed));
    }
}
