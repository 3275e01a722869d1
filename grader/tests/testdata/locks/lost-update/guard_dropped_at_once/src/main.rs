//! Wrong: `let _ = lock()` drops the guard in the same line, so the account is touched without the lock.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: AtomicU32,
    fields: UnsafeCell<Fields>,
}

struct Fields {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

#[must_use]
struct Guard<'a>(&'a AtomicU32);

impl<'a> Guard<'a> {
    fn lock(word: &'a AtomicU32) -> Guard<'a> {
        while word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::thread::yield_now();
        }
        Guard(word)
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

impl Account {
    fn deposit(&self) {
        let _ = Guard::lock(&self.lock);
        let fields = unsafe { &mut *self.fields.get() };
        fields.balance += 10;
        fields.operations += 1;
    }

    fn audit(&self) {
        let _ = Guard::lock(&self.lock);
        let fields = unsafe { &mut *self.fields.get() };
        if fields.balance != 10 * fields.operations {
            fields.inconsistent += 1;
        }
    }
}

fn main() {
    let args: Vec<Option<u32>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, deposits) = match args.as_slice() {
        [Some(w), Some(d)] if (1..=64).contains(w) && *d <= 1_000_000 => (*w, *d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = unsafe { &*memory.as_ptr().cast::<Account>() };

    let pids: Vec<_> = (0..=workers)
        .map(|i| match unsafe { fork().unwrap() } {
            ForkResult::Parent { child } => child,
            ForkResult::Child => {
                for _ in 0..deposits {
                    if i == workers { account.audit() } else { account.deposit() }
                }
                std::process::exit(0)
            }
        })
        .collect();
    for pid in pids {
        assert_eq!(waitpid(pid, None).unwrap(), WaitStatus::Exited(pid, 0));
    }
    let fields = unsafe { &*account.fields.get() };
    println!("balance: {}\noperations: {}", fields.balance, fields.operations);
    println!("inconsistent audits: {}", fields.inconsistent);
}
