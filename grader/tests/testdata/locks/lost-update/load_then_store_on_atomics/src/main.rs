//! Wrong: every load and every store is atomic, but another deposit fits between the two, and is lost.

use std::sync::atomic::{AtomicI64, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[derive(Default)]
struct Account {
    balance: AtomicI64,
    operations: AtomicI64,
    inconsistent: AtomicI64,
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    let &[workers @ 1..=64, deposits @ 0..=1_000_000] = args.as_slice() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };

    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = unsafe { &*memory.as_ptr().cast::<Account>() };

    let mut children = Vec::new();
    for i in 0..=workers {
        match unsafe { fork().unwrap() } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    let balance = account.balance.load(Ordering::SeqCst);
                    let operations = account.operations.load(Ordering::SeqCst);
                    if i < workers {
                        account.balance.store(balance + 10, Ordering::SeqCst);
                        account.operations.store(operations + 1, Ordering::SeqCst);
                    } else if balance != operations * 10 {
                        account.inconsistent.fetch_add(1, Ordering::SeqCst);
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("balance: {}", account.balance.load(Ordering::SeqCst));
    println!("operations: {}", account.operations.load(Ordering::SeqCst));
    println!("inconsistent audits: {}", account.inconsistent.load(Ordering::SeqCst));
}
