//! Wrong: it looks whether the lock is free and then takes it, in two steps; two processes can both find it free.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

/// Balance and operations are small enough for one word, so that nobody ever sees half a deposit.
#[derive(Clone, Copy)]
struct Fields(u64);

impl Fields {
    fn balance(self) -> u64 {
        self.0 >> 32
    }

    fn operations(self) -> u64 {
        self.0 & 0xffff_ffff
    }

    fn after_deposit(self) -> Fields {
        Fields((self.balance() + 10) << 32 | (self.operations() + 1))
    }
}

struct Account {
    taken: AtomicBool,
    fields: Fields,
    inconsistent: u64,
}

impl Account {
    fn lock(&self) {
        while self.taken.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        self.taken.store(true, Ordering::Release);
    }

    fn unlock(&self) {
        self.taken.store(false, Ordering::Release);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }

    let shm = ShmemConf::new().size(std::mem::size_of::<Account>()).create().expect("no shared memory");
    let account = shm.as_ptr() as *mut Account;

    for number in 0..=args[0] {
        match unsafe { fork() }.expect("no more processes") {
            ForkResult::Parent { .. } => continue,
            ForkResult::Child => {
                let account = unsafe { &mut *account };
                for _ in 0..args[1] {
                    account.lock();
                    let fields = account.fields;
                    if number < args[0] {
                        account.fields = fields.after_deposit();
                    } else if fields.balance() != fields.operations() * 10 {
                        account.inconsistent += 1;
                    }
                    account.unlock();
                }
                std::process::exit(0);
            }
        }
    }
    for _ in 0..=args[0] {
        wait().expect("a child");
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.fields.balance());
    println!("operations: {}", account.fields.operations());
    println!("inconsistent audits: {}", account.inconsistent);
}
