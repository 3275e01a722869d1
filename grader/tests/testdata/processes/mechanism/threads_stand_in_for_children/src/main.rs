//! Wrong: the second half is threads with a counter of their own each, which looks like processes and is one process.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static MINE: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let numbers = if args.len() == 3 { args[1].parse::<u64>().ok().zip(args[2].parse::<u64>().ok()) } else { None };
    let Some((workers @ 1..=64, increments @ 0..=1_000_000)) = numbers else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    };
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            thread::spawn(move || {
                for _ in 0..increments {
                    COUNTER.fetch_add(1, Relaxed);
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);

    let children: Vec<_> = (0..workers)
        .map(|number| {
            thread::spawn(move || {
                for _ in 0..increments {
                    MINE.set(MINE.get() + 1);
                }
                println!("child {number}: counter {}", MINE.get());
            })
        })
        .collect();
    children.into_iter().for_each(|t| t.join().unwrap());
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
