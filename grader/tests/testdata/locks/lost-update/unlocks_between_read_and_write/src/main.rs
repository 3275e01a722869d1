//! Wrong: every single access holds the lock, but it is given back between reading the account and writing it.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork};

#[derive(Clone, Copy)]
struct Money {
    balance: i64,
    operations: i64,
}

/// An account that can only be used through `get` and `set`, which are safe because they lock.
struct Account {
    busy: AtomicBool,
    money: std::cell::UnsafeCell<Money>,
    inconsistent: AtomicI,
}
type AtomicI = std::sync::atomic::AtomicI64;

impl Account {
    fn locked<T>(&self, f: impl FnOnce(&mut Money) -> T) -> T {
        while self.busy.swap(true, Ordering::Acquire) {
            std::hint::spin_loop();
        }
        let t = f(unsafe { &mut *self.money.get() });
        self.busy.store(false, Ordering::Release);
        t
    }

    fn get(&self) -> Money {
        self.locked(|m| *m)
    }

    fn set(&self, money: Money) {
        self.locked(|m| *m = money)
    }
}

fn main() {
    let args = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let Some((workers, deposits)) = args
        .split_once(' ')
        .and_then(|(w, d)| Some((w.parse::<i64>().ok()?, d.parse::<i64>().ok()?)))
        .filter(|(w, d)| *w >= 1 && *w <= 64 && *d >= 0 && *d <= 1_000_000)
    else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2)
    };

    let size = NonZeroUsize::new(size_of::<Account>()).unwrap();
    let memory =
        unsafe { mmap_anonymous(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) };
    let account: &Account = unsafe { memory.expect("mmap").cast().as_ref() };

    for i in 0..workers + 1 {
        if let ForkResult::Child = unsafe { fork() }.expect("fork") {
            for _ in 0..deposits {
                let money = account.get();
                if i < workers {
                    account.set(Money { balance: money.balance + 10, operations: money.operations + 1 });
                } else if money.balance != 10 * money.operations {
                    account.inconsistent.fetch_add(1, Ordering::Relaxed);
                }
            }
            std::process::exit(0);
        }
    }
    for _ in 0..workers + 1 {
        assert!(matches!(wait(), Ok(WaitStatus::Exited(_, 0))));
    }
    let money = account.get();
    println!("balance: {}", money.balance);
    println!("operations: {}", money.operations);
    println!("inconsistent audits: {}", account.inconsistent.load(Ordering::Relaxed));
}
