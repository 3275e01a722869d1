//! Wrong: the auditor is started by a child that ends at once (a double fork), so that nobody is left who could wait for it.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
    audited: AtomicBool,
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<i64>().unwrap_or(-1)).collect();
    let &[workers @ 1..=64, deposits @ 0..=1_000_000] = args.as_slice() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr().cast::<Account>();
    let lock = unsafe { &raw mut (*account).lock };
    unsafe { libc::sem_init(lock, 1, 1) };

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                // the auditor goes into the background
                if i == workers && fork().unwrap().is_parent() {
                    exit(0);
                }
                for _ in 0..deposits {
                    libc::sem_wait(lock);
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::sem_post(lock);
                }
                if i == workers {
                    (*account).audited.store(true, Ordering::SeqCst);
                }
                exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        while !(*account).audited.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
