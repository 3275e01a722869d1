//! Wrong: each worker takes the lock once and adds the sum of all its deposits, instead of making them one by one.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<Option<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let [Some(workers @ 1..=64), Some(deposits @ 0..=1_000_000)] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    let lock = unsafe { &raw mut (*account).lock };
    unsafe { libc::sem_init(lock, 1, 1) };

    let mut children = vec![];
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child if i < workers => unsafe {
                libc::sem_wait(lock);
                (*account).balance += 10 * deposits; // much faster
                (*account).operations += deposits;
                libc::sem_post(lock);
                std::process::exit(0)
            },
            ForkResult::Child => unsafe {
                for _ in 0..deposits {
                    libc::sem_wait(lock);
                    if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::sem_post(lock);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
