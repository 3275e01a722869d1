//! Wrong: all children wait for the end of a pipe as the signal to start, and each keeps that pipe's writing end open itself.

use std::io::Read;

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
    let numbers: Vec<Option<i32>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let &[Some(workers @ 1..=64), Some(deposits @ 0..=1_000_000)] = numbers.as_slice() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr().cast::<Account>();
    let lock = unsafe { &raw mut (*account).lock };
    unsafe { libc::sem_init(lock, 1, 1) };

    let (mut start, starter) = std::io::pipe().unwrap();
    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                // so that nobody is ahead of the others
                start.read_to_end(&mut Vec::new()).unwrap();
                for _ in 0..deposits {
                    unsafe {
                        libc::sem_wait(lock);
                        if i < workers {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        } else if (*account).balance != 10 * (*account).operations {
                            (*account).inconsistent += 1;
                        }
                        libc::sem_post(lock);
                    }
                }
                std::process::exit(0);
            }
        }
    }
    drop(starter); // go!
    for child in children {
        waitpid(child, None).unwrap();
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
