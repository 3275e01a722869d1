//! Wrong: it tries to take the lock with compare_exchange, once, and goes on whether or not that worked.

use nix::sys::wait::waitpid;
use nix::unistd::{fork, ForkResult};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};

struct Account {
    lock: AtomicBool,
    balance: AtomicI64,
    operations: AtomicI64,
    inconsistent: AtomicI64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().collect();
    let ok = a.len() == 3
        && a[1].parse::<i64>().is_ok_and(|w| w >= 1 && w <= 64)
        && a[2].parse::<i64>().is_ok_and(|d| d >= 0 && d <= 1000000);
    if !ok {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let workers: i64 = a[1].parse()?;
    let deposits: i64 = a[2].parse()?;

    let shmem = shared_memory::ShmemConf::new().size(64).create()?;
    let acc = unsafe { &*(shmem.as_ptr() as *const Account) };

    let mut pids = Vec::new();
    for w in 0..workers + 1 {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    let _ = acc.lock.compare_exchange(false, true, SeqCst, SeqCst);
                    let (b, o) = (acc.balance.load(SeqCst), acc.operations.load(SeqCst));
                    if w < workers {
                        acc.balance.store(b + 10, SeqCst);
                        acc.operations.store(o + 1, SeqCst);
                    } else if b != o * 10 {
                        acc.inconsistent.store(acc.inconsistent.load(SeqCst) + 1, SeqCst);
                    }
                    let _ = acc.lock.compare_exchange(true, false, SeqCst, SeqCst);
                }
                std::process::exit(0);
            }
        }
    }
    for p in pids {
        waitpid(p, None)?;
    }
    println!("balance: {}", acc.balance.load(SeqCst));
    println!("operations: {}", acc.operations.load(SeqCst));
    println!("inconsistent audits: {}", acc.inconsistent.load(SeqCst));
    Ok(())
}
