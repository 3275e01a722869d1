//! Wrong: sure that the parent sees what the children wrote, it asserts the sum and panics.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || !(1..=64).contains(&args[0]) || !(0..=1_000_000).contains(&args[1]) {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| std::thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    assert_eq!(COUNTER.load(SeqCst), w * n);
    println!("threads: counter {}", COUNTER.load(SeqCst));
    COUNTER.store(0, SeqCst);
    let mut children = Vec::new();
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(n);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    assert_eq!(COUNTER.load(SeqCst), w * n);
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
