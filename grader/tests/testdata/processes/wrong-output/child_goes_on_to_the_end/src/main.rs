//! Wrong: the child leaves the loop but not the program, so that it prints the parent's last line too.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>().ok());
    let (Some(Some(w @ 1..=64)), Some(Some(n @ 0..=1_000_000)), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    };
    let threads: Vec<_> = (0..w).map(|_| std::thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));

    COUNTER.store(0, Relaxed);
    for k in 0..w {
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            count(n);
            println!("child {k}: counter {}", COUNTER.load(Relaxed));
            break;
        }
    }
    // In a child there is nobody to wait for.
    while wait().is_ok() {}
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
