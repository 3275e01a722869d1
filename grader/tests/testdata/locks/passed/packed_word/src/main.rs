//! Right without a lock: both fields are halves of one atomic word, so one `fetch_add` makes the whole deposit.

use std::sync::atomic::{AtomicU64, Ordering};

use nix::unistd::ForkResult::{Child, Parent};

// The upper half holds the balance (at most 64 x 1,000,000 x 10 < 2^32), the lower half the operations.
const DEPOSIT: u64 = (10 << 32) | 1;

fn split(word: u64) -> (u64, u64) {
    (word >> 32, word & 0xffff_ffff)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let (workers, deposits) = match (args.len(), args.get(1).map(|a| a.parse()), args.get(2).map(|a| a.parse())) {
        (3, Some(Ok(w)), Some(Ok(d))) if (1..=64u64).contains(&w) && d <= 1_000_000u64 => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2)
        }
    };

    let mem = shared_memory::ShmemConf::new().size(16).create().unwrap();
    let account = unsafe { AtomicU64::from_ptr(mem.as_ptr().cast()) };
    let inconsistent = unsafe { AtomicU64::from_ptr(mem.as_ptr().cast::<u64>().add(1)) };

    let mut pids = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { nix::unistd::fork() }.unwrap() {
            Parent { child } => pids.push(child),
            Child if i == workers => {
                for _ in 0..deposits {
                    let (balance, operations) = split(account.load(Ordering::SeqCst));
                    if balance != operations * 10 {
                        inconsistent.fetch_add(1, Ordering::SeqCst);
                    }
                }
                std::process::exit(0);
            }
            Child => {
                for _ in 0..deposits {
                    account.fetch_add(DEPOSIT, Ordering::SeqCst);
                }
                std::process::exit(0);
            }
        }
    }
    for pid in pids {
        nix::sys::wait::waitpid(pid, None).unwrap();
    }
    let (balance, operations) = split(account.load(Ordering::SeqCst));
    println!("balance: {balance}");
    println!("operations: {operations}");
    println!("inconsistent audits: {}", inconsistent.load(Ordering::SeqCst));
}
