//! Wrong: taking an atomic for shared between processes, the parent looks at its own copy until the children have counted it up.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(SeqCst));
    COUNTER.store(0, SeqCst);
    for k in 0..w {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            count(n);
            println!("child {k}: counter {}", COUNTER.load(SeqCst));
            std::process::exit(0);
        }
    }
    while COUNTER.load(SeqCst) < w * n {
        thread::yield_now();
    }
    for _ in 0..w {
        wait().unwrap();
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
