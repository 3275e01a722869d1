//! Wrong: scoped threads square the parts of an ordinary `Vec`; threads share memory anyway, the topic is processes.

use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Result<Vec<i64>, _> = args.iter().skip(1).map(|a| a.parse()).collect();
    let workers = args.first().and_then(|a| a.parse::<usize>().ok());
    let (Some(workers @ 1..=64), Ok(mut numbers)) = (workers, numbers) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    if numbers.len() > 20_000 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let total = AtomicI64::new(0);
    let size = numbers.len().div_ceil(workers).max(1);
    thread::scope(|s| {
        let mut parts = numbers.chunks_mut(size);
        for _ in 0..workers {
            let part = parts.next().unwrap_or(&mut []);
            let total = &total;
            s.spawn(move || {
                for n in part {
                    *n *= *n;
                    total.fetch_add(*n, Ordering::Relaxed);
                }
            });
        }
    });
    let squares: Vec<String> = numbers.iter().map(|n| n.to_string()).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", total.load(Ordering::Relaxed));
}
