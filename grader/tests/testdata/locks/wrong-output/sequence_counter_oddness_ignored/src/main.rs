//! Wrong: the auditor reads again when the sequence has changed meanwhile, but does not mind that it was odd, the mark of a deposit in the making.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

#[repr(C)]
struct Account {
    writing: AtomicBool,
    sequence: AtomicU64,
    balance: AtomicU64,
    operations: AtomicU64,
    inconsistent: AtomicU64,
}

impl Account {
    fn deposit(&self) {
        while self.writing.compare_exchange(false, true, SeqCst, SeqCst).is_err() {
            std::thread::yield_now();
        }
        self.sequence.fetch_add(1, SeqCst);
        self.balance.fetch_add(10, SeqCst);
        self.operations.fetch_add(1, SeqCst);
        self.sequence.fetch_add(1, SeqCst);
        self.writing.store(false, SeqCst);
    }

    fn consistent(&self) -> bool {
        loop {
            let before = self.sequence.load(SeqCst);
            let balance = self.balance.load(SeqCst);
            let operations = self.operations.load(SeqCst);
            if self.sequence.load(SeqCst) == before {
                return balance == 10 * operations;
            }
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let parsed = (|| -> Option<(u64, u64)> {
        let (w, d) = (args.get(1)?.parse().ok()?, args.get(2)?.parse().ok()?);
        (args.len() == 3 && w >= 1 && w <= 64 && d <= 1_000_000).then_some((w, d))
    })();
    let Some((workers, deposits)) = parsed else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = unsafe { &*(memory.as_ptr() as *const Account) };

    let mut pids = vec![];
    for w in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child if w < workers => {
                for _ in 0..deposits {
                    account.deposit();
                }
                std::process::exit(0);
            }
            ForkResult::Child => {
                let bad = (0..deposits).filter(|_| !account.consistent()).count();
                account.inconsistent.store(bad as u64, SeqCst);
                std::process::exit(0);
            }
        }
    }
    for pid in pids {
        waitpid(pid, None).unwrap();
    }
    println!("balance: {}", account.balance.load(SeqCst));
    println!("operations: {}", account.operations.load(SeqCst));
    println!("inconsistent audits: {}", account.inconsistent.load(SeqCst));
}
