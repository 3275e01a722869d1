//! Wrong: the owner of the mapping is dropped at the end of the block that made it, so the pointer leads nowhere (SIGSEGV).

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
struct Account {
    lock: AtomicBool,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn new_account() -> *mut Account {
    let memory = ShmemConf::new().size(size_of::<Account>()).create().expect("shared memory");
    let account = memory.as_ptr() as *mut Account;
    unsafe { account.write(Account::default()) };
    account
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args.get(i).and_then(|a| a.parse::<i64>().ok()).unwrap_or(-1);
    if args.len() != 3 || !(1..=64).contains(&number(1)) || !(0..=1_000_000).contains(&number(2)) {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let account = new_account();

    let mut children = Vec::new();
    for i in 0..number(1) + 1 {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                for _ in 0..number(2) {
                    while (*account).lock.swap(true, Ordering::Acquire) {}
                    if i < number(1) {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    (*account).lock.store(false, Ordering::Release);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
