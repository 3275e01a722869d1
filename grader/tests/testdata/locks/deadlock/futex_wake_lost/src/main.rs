//! Wrong: a hand-made futex lock forgets, when it wakes up and takes the lock, that others may still sleep, and then wakes none of them.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::ptr::null;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering::SeqCst};

/// 0: free, 1: held, 2: held, and somebody sleeps
struct Lock(AtomicI32);

impl Lock {
    fn lock(&self) {
        loop {
            if self.0.compare_exchange(0, 1, SeqCst, SeqCst).is_ok() {
                return;
            }
            if self.0.load(SeqCst) == 2 || self.0.compare_exchange(1, 2, SeqCst, SeqCst).is_ok() {
                unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), libc::FUTEX_WAIT, 2, null::<libc::timespec>()) };
            }
        }
    }

    fn unlock(&self) {
        if self.0.swap(0, SeqCst) == 2 {
            unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), libc::FUTEX_WAKE, 1) };
        }
    }
}

struct Account {
    lock: Lock,
    balance: AtomicI64,
    operations: AtomicI64,
    inconsistent: AtomicI64,
}

fn add(field: &AtomicI64, amount: i64) {
    field.store(field.load(SeqCst) + amount, SeqCst);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let valid = |text: &String, low: i64, high: i64| text.parse::<i64>().ok().filter(|n| *n >= low && *n <= high);
    let pair = if args.len() == 3 { valid(&args[1], 1, 64).zip(valid(&args[2], 0, 1_000_000)) } else { None };
    let (workers, deposits) = pair.unwrap_or_else(|| {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2)
    });
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = unsafe { &*memory.as_ptr().cast::<Account>() };

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    account.lock.lock();
                    if i < workers {
                        add(&account.balance, 10);
                        add(&account.operations, 1);
                    } else if account.balance.load(SeqCst) != 10 * account.operations.load(SeqCst) {
                        add(&account.inconsistent, 1);
                    }
                    account.lock.unlock();
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("balance: {}", account.balance.load(SeqCst));
    println!("operations: {}", account.operations.load(SeqCst));
    println!("inconsistent audits: {}", account.inconsistent.load(SeqCst));
}
