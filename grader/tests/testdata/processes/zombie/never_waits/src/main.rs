//! Wrong: the parent ends without waiting for its children (it sleeps a little, so that the lines come in order).
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let n = args[1];
    let mut ts = Vec::new();
    for _ in 0..args[0] {
        ts.push(thread::spawn(move || count(n)));
    }
    for t in ts {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(SeqCst));
    COUNTER.store(0, SeqCst);
    for k in 0..args[0] {
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            count(n);
            println!("child {k}: counter {}", COUNTER.load(SeqCst));
            std::process::exit(0);
        }
    }
    thread::sleep(Duration::from_millis(300));
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
