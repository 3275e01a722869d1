//! Right: writers hold a lock and count up before and after; the auditor takes no lock and reads again until no writer came between.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::{Shmem, ShmemConf};
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::SeqCst};

#[repr(C)]
struct Account {
    writer: AtomicU32,
    sequence: AtomicI64,
    balance: AtomicI64,
    operations: AtomicI64,
    inconsistent: AtomicI64,
}

impl Account {
    fn deposit(&self) {
        while self.writer.swap(1, SeqCst) == 1 {
            unsafe { libc::sched_yield() };
        }
        let sequence = self.sequence.load(SeqCst);
        self.sequence.store(sequence + 1, SeqCst); // odd: being written
        self.balance.store(self.balance.load(SeqCst) + 10, SeqCst);
        self.operations.store(self.operations.load(SeqCst) + 1, SeqCst);
        self.sequence.store(sequence + 2, SeqCst);
        self.writer.store(0, SeqCst);
    }

    fn read(&self) -> (i64, i64) {
        loop {
            let before = self.sequence.load(SeqCst);
            let seen = (self.balance.load(SeqCst), self.operations.load(SeqCst));
            if before % 2 == 0 && self.sequence.load(SeqCst) == before {
                return seen;
            }
            std::thread::yield_now();
        }
    }
}

fn arguments() -> Option<(usize, usize)> {
    let mut a = std::env::args().skip(1);
    let w = a.next()?.parse().ok()?;
    let d = a.next()?.parse().ok()?;
    if a.next().is_some() || w < 1 || w > 64 || d > 1_000_000 { None } else { Some((w, d)) }
}

fn main() {
    let Some((workers, deposits)) = arguments() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let shmem: Shmem = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = unsafe { &*(shmem.as_ptr() as *const Account) };

    let mut children = Vec::with_capacity(workers + 1);
    for _ in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                for _ in 0..deposits {
                    account.deposit();
                }
                std::process::exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            for _ in 0..deposits {
                let (balance, operations) = account.read();
                if balance != 10 * operations {
                    account.inconsistent.fetch_add(1, SeqCst);
                }
            }
            std::process::exit(0)
        }
        ForkResult::Parent { child } => children.push(child),
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("balance: {}", account.balance.load(SeqCst));
    println!("operations: {}", account.operations.load(SeqCst));
    println!("inconsistent audits: {}", account.inconsistent.load(SeqCst));
}
