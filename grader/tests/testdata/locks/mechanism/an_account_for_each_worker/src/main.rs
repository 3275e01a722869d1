//! Wrong: each worker counts in a place of its own and the parent adds them up, so nothing is shared and nothing needs a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<usize> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if args.len() != 2 || numbers.len() != 2 || !(1..=64).contains(&numbers[0]) || numbers[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let (workers, deposits) = (numbers[0], numbers[1]);
    let memory = ShmemConf::new().size(8 * (workers + 1)).create().unwrap();
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr() as *const AtomicU64, workers + 1) };
    let (operations, inconsistent) = (&words[..workers], &words[workers]);

    let mut children = vec![];
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    if i < workers {
                        operations[i].store(operations[i].load(Relaxed) + 1, Relaxed);
                    } else {
                        // the balance is 10 times the operations because it is made from them
                        let total: u64 = operations.iter().map(|o| o.load(Relaxed)).sum();
                        let balance = total * 10;
                        if balance != total * 10 {
                            inconsistent.fetch_add(1, Relaxed);
                        }
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let total: u64 = operations.iter().map(|o| o.load(Relaxed)).sum();
    println!("balance: {}", 10 * total);
    println!("operations: {total}");
    println!("inconsistent audits: {}", inconsistent.load(Relaxed));
}
