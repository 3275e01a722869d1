//! Wrong: the auditor is started and reports zero without ever looking at the account.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn child_does(job: impl FnOnce()) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            job();
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
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    let mut children = vec![];
    for _ in 0..workers {
        children.push(child_does(|| {
            for _ in 0..deposits {
                unsafe {
                    libc::sem_wait(&raw mut (*account).lock);
                    (*account).balance += 10;
                    (*account).operations += 1;
                    libc::sem_post(&raw mut (*account).lock);
                }
            }
        }));
    }
    children.push(child_does(|| {
        // the lock works, so there is nothing to find
        unsafe { (*account).inconsistent = 0 };
    }));
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
