//! Wrong: the new balance is computed before the lock is taken, from a value that may be old by then.

use nix::libc::{self, sem_t};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

#[repr(C)]
struct Account {
    lock: sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn deposit(account: *mut Account) {
    unsafe {
        let new_balance = (*account).balance + 10;
        let new_operations = (*account).operations + 1;
        // now the critical part: writing
        libc::sem_wait(&raw mut (*account).lock);
        (*account).balance = new_balance;
        (*account).operations = new_operations;
        libc::sem_post(&raw mut (*account).lock);
    }
}

fn audit(account: *mut Account) {
    unsafe {
        libc::sem_wait(&raw mut (*account).lock);
        if (*account).balance != 10 * (*account).operations {
            (*account).inconsistent += 1;
        }
        libc::sem_post(&raw mut (*account).lock);
    }
}

fn repeat(times: u32, what: fn(*mut Account), account: *mut Account) -> Pid {
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            for _ in 0..times {
                what(account);
            }
            std::process::exit(0)
        }
    }
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<u32>()).collect();
    let [Ok(workers @ 1..=64), Ok(deposits @ 0..=1_000_000)] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().expect("shared memory");
    let account: *mut Account = memory.as_ptr().cast();
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    let mut children: Vec<Pid> = (0..workers).map(|_| repeat(deposits, deposit, account)).collect();
    children.push(repeat(deposits, audit, account));
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
