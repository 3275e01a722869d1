//! Right: a spin lock of one atomic flag, taken with compare_exchange and without any system call.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[derive(Default)]
struct Account {
    locked: AtomicBool,
    balance: AtomicU64,
    operations: AtomicU64,
    inconsistent: AtomicU64,
}

impl Account {
    fn lock(&self) -> SpinGuard<'_> {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            spin_loop();
        }
        SpinGuard(self)
    }

    fn deposit(&self) {
        let _guard = self.lock();
        // the lock makes plain loads and stores enough
        self.balance.store(self.balance.load(Ordering::Relaxed) + 10, Ordering::Relaxed);
        self.operations.store(self.operations.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn consistent(&self) -> bool {
        let _guard = self.lock();
        self.balance.load(Ordering::Relaxed) == 10 * self.operations.load(Ordering::Relaxed)
    }
}

struct SpinGuard<'a>(&'a Account);

impl Drop for SpinGuard<'_> {
    fn drop(&mut self) {
        self.0.locked.store(false, Ordering::Release);
    }
}

fn bad_arguments() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    std::process::exit(2);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize, from: u32, to: u32| -> u32 {
        match args[i].parse() {
            Ok(n) if n >= from && n <= to => n,
            _ => bad_arguments(),
        }
    };
    if args.len() != 3 {
        bad_arguments();
    }
    let workers = number(1, 1, 64);
    let deposits = number(2, 0, 1_000_000);

    let memory = ShmemConf::new().size(std::mem::size_of::<Account>()).create().expect("shared memory");
    let account: &Account = unsafe {
        let p = memory.as_ptr() as *mut Account;
        p.write(Account::default());
        &*p
    };

    let children: Vec<_> = (0..workers + 1)
        .map(|i| match unsafe { fork().expect("fork") } {
            ForkResult::Parent { child } => child,
            ForkResult::Child => {
                if i == 0 {
                    let bad = (0..deposits).filter(|_| !account.consistent()).count();
                    account.inconsistent.store(bad as u64, Ordering::Relaxed);
                } else {
                    (0..deposits).for_each(|_| account.deposit());
                }
                std::process::exit(0)
            }
        })
        .collect();
    for child in children {
        let status = waitpid(child, None).expect("waitpid");
        assert_eq!(status, WaitStatus::Exited(child, 0));
    }

    println!("balance: {}", account.balance.load(Ordering::Relaxed));
    println!("operations: {}", account.operations.load(Ordering::Relaxed));
    println!("inconsistent audits: {}", account.inconsistent.load(Ordering::Relaxed));
}
