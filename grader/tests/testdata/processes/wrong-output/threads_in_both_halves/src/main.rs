//! Wrong: the second half has threads too, which all count on the parent's counter (the starter's defect).
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn round(workers: u64, increments: u64, say: bool) {
    let all: Vec<_> = (0..workers)
        .map(|k| {
            thread::spawn(move || {
                for _ in 0..increments {
                    COUNTER.fetch_add(1, Ordering::Relaxed);
                }
                if say {
                    println!("child {k}: counter {}", COUNTER.load(Ordering::Relaxed));
                }
            })
        })
        .collect();
    for one in all {
        one.join().unwrap();
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    match args[..] {
        [w, i] if w > 0 && w <= 64 && i <= 1_000_000 => {
            round(w, i, false);
            println!("threads: counter {}", COUNTER.load(Ordering::Relaxed));
            COUNTER.store(0, Ordering::Relaxed);
            round(w, i, true);
            println!("parent: counter {}", COUNTER.load(Ordering::Relaxed));
        }
        _ => {
            eprintln!("usage: processes WORKERS INCREMENTS");
            std::process::exit(2)
        }
    }
}
