//! Wrong: there is no pool; every task gets a new process, which ends with it.

use ipc_channel::ipc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::process::exit;

fn square(n: i64) -> Option<i64> {
    std::panic::catch_unwind(|| {
        assert!(n >= 0, "{n}");
        n * n
    })
    .ok()
}

struct Pool {
    size: usize,
}

impl Pool {
    fn map(&self, numbers: &[i64]) -> String {
        let (sender, receiver) = ipc::channel().unwrap();
        let mut results = vec![None; numbers.len()];
        let mut running: Vec<Pid> = vec![];
        let mut collect = |running: &mut Vec<Pid>| {
            let (i, result) = receiver.recv().unwrap();
            results[i] = result;
            // whichever it was, one of them has ended or is about to
            waitpid(running.remove(0), None).unwrap();
        };
        for (i, n) in numbers.iter().enumerate() {
            if running.len() == self.size {
                collect(&mut running);
            }
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    sender.send((i, square(*n))).unwrap();
                    exit(0);
                }
                ForkResult::Parent { child } => running.push(child),
            }
        }
        while !running.is_empty() {
            collect(&mut running);
        }
        words(&results)
    }

    fn apply(&self, number: i64) -> String {
        self.map(&[number])
    }
}

fn words(results: &[Option<i64>]) -> String {
    results.iter().map(|r| r.map_or("error".to_string(), |r| r.to_string())).collect::<Vec<_>>().join(" ")
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    let allowed = |n: &i64| (-1_000_000..=1_000_000).contains(n);
    if args.len() < 2 || !(1..=64).contains(&args[0]) || !args[1..].iter().all(allowed) {
        eprintln!("usage: pools WORKERS NUMBER...");
        exit(2);
    }
    let pool = Pool { size: args[0] as usize };
    let numbers = &args[1..];
    println!("apply = {}", pool.apply(numbers[0]));
    println!("map = {}", pool.map(numbers));
    println!("apply_async = {}", pool.apply(numbers[0]));
    println!("map_async = {}", pool.map(numbers));
    let threads = rayon::ThreadPoolBuilder::new().num_threads(pool.size).build().unwrap();
    let results: Vec<Option<i64>> = threads.install(|| numbers.par_iter().map(|n| square(*n)).collect());
    println!("rayon = {}", words(&results));
}
