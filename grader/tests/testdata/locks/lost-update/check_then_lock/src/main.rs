//! Wrong: it looks whether the lock is free and then takes it, in two steps; two processes can both find it free.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    taken: AtomicBool,
    balance: u64,
    operations: u64,
    inconsistent: u64,
}

impl Account {
    fn lock(&self) {
        while self.taken.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        self.taken.store(true, Ordering::SeqCst);
    }

    fn unlock(&self) {
        self.taken.store(false, Ordering::SeqCst);
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
                    if number == 0 {
                        account.inconsistent += (account.balance != account.operations * 10) as u64;
                    } else {
                        account.balance += 10;
                        account.operations += 1;
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
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
