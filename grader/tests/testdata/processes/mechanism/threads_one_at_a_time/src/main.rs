//! Wrong: each thread is joined before the next one is started, and so nobody ever shares the counter.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::{Arc, Mutex};

fn main() {
    let mut args = std::env::args().skip(1);
    let mut next = |most: u64| args.next().and_then(|a| a.parse::<u64>().ok()).filter(|n| *n <= most);
    let (workers, increments) = (next(64), next(1_000_000));
    let (Some(workers), Some(increments), None) = (workers.filter(|w| *w > 0), increments, next(u64::MAX)) else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    };
    let counter = Arc::new(Mutex::new(0));
    for _ in 0..workers {
        let counter = Arc::clone(&counter);
        let handle = std::thread::spawn(move || {
            for _ in 0..increments {
                *counter.lock().unwrap() += 1;
            }
        });
        handle.join().unwrap();
    }
    println!("threads: counter {}", counter.lock().unwrap());
    *counter.lock().unwrap() = 0;
    for number in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            for _ in 0..increments {
                *counter.lock().unwrap() += 1;
            }
            println!("child {number}: counter {}", counter.lock().unwrap());
            std::process::exit(0);
        }
    }
    for _ in 0..workers {
        wait().unwrap();
    }
    println!("parent: counter {}", counter.lock().unwrap());
}
