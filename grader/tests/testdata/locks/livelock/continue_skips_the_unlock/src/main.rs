//! Wrong: when all is well the auditor's `continue` skips the unlock, and whoever wants the spin lock next spins for ever.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    busy: AtomicBool,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

unsafe fn lock(account: *const Account) {
    while unsafe { (*account).busy.swap(true, Ordering::SeqCst) } {
        std::hint::spin_loop();
    }
}

unsafe fn unlock(account: *const Account) {
    unsafe { (*account).busy.store(false, Ordering::SeqCst) };
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    let [workers @ 1..=64, deposits @ 0..=1_000_000] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child if i == workers => unsafe {
                for _ in 0..deposits {
                    lock(account);
                    if (*account).balance == 10 * (*account).operations {
                        continue;
                    }
                    (*account).inconsistent += 1;
                    unlock(account);
                }
                std::process::exit(0)
            },
            ForkResult::Child => unsafe {
                for _ in 0..deposits {
                    lock(account);
                    (*account).balance += 10;
                    (*account).operations += 1;
                    unlock(account);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
