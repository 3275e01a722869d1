//! Wrong: `fetch_add` on each field loses no update, but the auditor can look between the two and sees half a deposit.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[derive(Default)]
struct Account {
    balance: AtomicU64,
    operations: AtomicU64,
    inconsistent: AtomicU64,
}

impl Account {
    fn deposit(&self) {
        self.balance.fetch_add(10, SeqCst);
        self.operations.fetch_add(1, SeqCst);
    }

    fn audit(&self) {
        if self.balance.load(SeqCst) != 10 * self.operations.load(SeqCst) {
            self.inconsistent.fetch_add(1, SeqCst);
        }
    }
}

fn arguments() -> Option<(u32, u32)> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [w, d] => Some((w.parse().ok()?, d.parse().ok()?)).filter(|(w, d)| (1..=64).contains(w) && *d <= 1_000_000),
        _ => None,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some((workers, deposits)) = arguments() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create()?;
    let account = unsafe {
        memory.as_ptr().cast::<Account>().write(Account::default());
        &*memory.as_ptr().cast::<Account>()
    };

    let mut children = Vec::new();
    for i in 0..=workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    if i < workers { account.deposit() } else { account.audit() }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        assert_eq!(waitpid(child, None)?, WaitStatus::Exited(child, 0));
    }
    println!("balance: {}", account.balance.load(SeqCst));
    println!("operations: {}", account.operations.load(SeqCst));
    println!("inconsistent audits: {}", account.inconsistent.load(SeqCst));
    Ok(())
}
