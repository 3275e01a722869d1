//! Wrong: the first line is still in a buffer at the fork, so that every child has a copy of it and prints it again.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::io::{BufWriter, Write, stdout};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn parse(word: Option<String>, from: u64, to: u64) -> Option<u64> {
    word?.parse().ok().filter(|n| (from..=to).contains(n))
}

fn main() {
    let mut args = std::env::args().skip(1);
    let (workers, increments) = (parse(args.next(), 1, 64), parse(args.next(), 0, 1_000_000));
    let (Some(workers), Some(increments), None) = (workers, increments, args.next()) else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2)
    };
    let count = move || {
        for _ in 0..increments {
            COUNTER.fetch_add(1, Relaxed);
        }
    };

    let mut out = BufWriter::new(stdout());
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(count)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    writeln!(out, "threads: counter {}", COUNTER.load(Relaxed)).unwrap();

    COUNTER.store(0, Relaxed);
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { .. } => {}
            ForkResult::Child => {
                count();
                writeln!(out, "child {number}: counter {}", COUNTER.load(Relaxed)).unwrap();
                out.flush().unwrap();
                std::process::exit(0);
            }
        }
    }
    for _ in 0..workers {
        wait().unwrap();
    }
    writeln!(out, "parent: counter {}", COUNTER.load(Relaxed)).unwrap();
}
