//! Wrong: each child is waited for before the next one is started.
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn work(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn run_in_child(task: impl FnOnce()) {
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            task();
            exit(0)
        }
        Ok(ForkResult::Parent { child }) => {
            waitpid(child, None).unwrap();
        }
        Err(error) => {
            eprintln!("fork: {error}");
            exit(1)
        }
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let n = args[1];
    let threads: Vec<_> = (0..args[0]).map(|_| std::thread::spawn(move || work(n))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);
    for k in 0..args[0] {
        run_in_child(|| {
            work(n);
            println!("child {k}: counter {}", COUNTER.load(Relaxed));
        });
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
