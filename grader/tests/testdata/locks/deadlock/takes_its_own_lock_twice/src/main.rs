//! Wrong: `deposit` holds the lock and calls `count_operation`, which takes the same lock again and so waits for itself.

use nix::libc;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;
use std::process::exit;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

unsafe fn acquire(a: *mut Account) {
    while unsafe { libc::sem_wait(&raw mut (*a).lock) } != 0 {}
}

unsafe fn release(a: *mut Account) {
    unsafe { libc::sem_post(&raw mut (*a).lock) };
}

unsafe fn count_operation(a: *mut Account) {
    unsafe {
        acquire(a);
        (*a).operations += 1;
        release(a);
    }
}

unsafe fn deposit(a: *mut Account) {
    unsafe {
        acquire(a);
        (*a).balance += 10;
        count_operation(a);
        release(a);
    }
}

unsafe fn audit(a: *mut Account) {
    unsafe {
        acquire(a);
        if (*a).balance != 10 * (*a).operations {
            (*a).inconsistent += 1;
        }
        release(a);
    }
}

fn child(times: usize, a: *mut Account, action: unsafe fn(*mut Account)) -> Pid {
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => child,
        Ok(ForkResult::Child) => {
            for _ in 0..times {
                unsafe { action(a) };
            }
            exit(0)
        }
        Err(e) => {
            eprintln!("fork: {e}");
            exit(1)
        }
    }
}

fn main() {
    let mut a = std::env::args().skip(1);
    let workers = a.next().unwrap_or_default().parse::<usize>().unwrap_or(0);
    let deposits = a.next().unwrap_or_default().parse::<usize>().unwrap_or(usize::MAX);
    if a.next().is_some() || workers < 1 || workers > 64 || deposits > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2);
    }
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account: *mut Account = memory.as_ptr().cast();
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    let mut pids: Vec<Pid> = (0..workers).map(|_| child(deposits, account, deposit)).collect();
    pids.push(child(deposits, account, audit));
    for pid in pids {
        assert_eq!(waitpid(pid, None), Ok(WaitStatus::Exited(pid, 0)));
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
