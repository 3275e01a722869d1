//! Wrong: `waitpid` with WNOHANG only looks whether a child has ended; who has not is never asked again.

use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let mut args = std::env::args().skip(1);
    let workers = args.next().and_then(|a| a.parse::<usize>().ok()).unwrap_or(0);
    let numbers: Vec<Option<i64>> = args.map(|a| a.parse().ok()).collect();
    if workers == 0 || workers > 64 || numbers.len() > 20_000 || !numbers.iter().all(|n| n.is_some_and(|n| n.abs() <= 1_000_000)) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let numbers: Vec<i64> = numbers.into_iter().flatten().collect();
    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<AtomicI64>(), numbers.len() + 1) };
    let (total, array) = words.split_first().unwrap();
    array.iter().zip(&numbers).for_each(|(place, n)| place.store(*n, Ordering::SeqCst));

    let mut children = vec![];
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for place in array.iter().skip(w).step_by(workers) {
                    let n = place.load(Ordering::SeqCst);
                    place.store(n * n, Ordering::SeqCst);
                    sum += n * n;
                }
                total.fetch_add(sum, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, Some(WaitPidFlag::WNOHANG)).unwrap();
    }
    let line: String = array.iter().map(|n| format!(" {}", n.load(Ordering::SeqCst))).collect();
    println!("array:{line}");
    println!("value: {}", total.load(Ordering::SeqCst));
}
