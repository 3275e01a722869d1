//! Wrong: the children meet at a `std::sync::Barrier`, but each has its own copy of it and waits there alone.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(usize::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let barrier = Arc::new(Barrier::new(w));
    let work = |barrier: &Barrier| {
        barrier.wait();
        for _ in 0..n {
            COUNTER.fetch_add(1, SeqCst);
        }
    };
    let threads: Vec<_> = (0..w)
        .map(|_| {
            let barrier = barrier.clone();
            thread::spawn(move || {
                barrier.wait();
                for _ in 0..n {
                    COUNTER.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(SeqCst));
    COUNTER.store(0, SeqCst);
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                work(&barrier);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
