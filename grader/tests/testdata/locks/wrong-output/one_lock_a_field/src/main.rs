//! Wrong: each field has a lock of its own; the auditor takes them one after the other, and a deposit fits between.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

/// A number with its own lock, like Python's Value.
struct Value {
    locked: AtomicBool,
    number: UnsafeCell<i64>,
}

impl Value {
    fn with<T>(&self, f: impl FnOnce(&mut i64) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
        let t = f(unsafe { &mut *self.number.get() });
        self.locked.store(false, Ordering::Release);
        t
    }
    fn add(&self, n: i64) {
        self.with(|number| *number += n);
    }
    fn get(&self) -> i64 {
        self.with(|number| *number)
    }
}

struct Account {
    balance: Value,
    operations: Value,
    inconsistent: Value,
}

fn start(f: impl FnOnce()) -> Pid {
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => child,
        Ok(ForkResult::Child) => {
            f();
            std::process::exit(0)
        }
        Err(error) => panic!("fork: {error}"),
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<i64>().unwrap_or(-1)).collect();
    let [workers @ 1..=64, deposits @ 0..=1_000_000] = arguments[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().expect("shared memory");
    // zeros: three free locks and three zeros
    let account = unsafe { &*memory.as_ptr().cast::<Account>() };

    let mut children = Vec::new();
    for _ in 0..workers {
        children.push(start(|| {
            for _ in 0..deposits {
                account.balance.add(10);
                account.operations.add(1);
            }
        }));
    }
    children.push(start(|| {
        for _ in 0..deposits {
            if account.balance.get() != 10 * account.operations.get() {
                account.inconsistent.add(1);
            }
        }
    }));
    for child in children {
        waitpid(child, None).expect("wait");
    }
    println!("balance: {}", account.balance.get());
    println!("operations: {}", account.operations.get());
    println!("inconsistent audits: {}", account.inconsistent.get());
}
