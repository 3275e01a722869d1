//! Wrong: the workers sleep for different times so as to keep out of each other's way; it works, except when it does not.

use nix::sys::wait::waitpid;
use nix::unistd::{fork, ForkResult};
use shared_memory::ShmemConf;
use std::thread::sleep;
use std::time::Duration;

#[repr(C)]
struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let workers: u64 = args.next().and_then(|a| a.parse().ok()).unwrap_or(0);
    let deposits: u64 = args.next().and_then(|a| a.parse().ok()).unwrap_or(u64::MAX);
    if workers < 1 || workers > 64 || deposits > 1_000_000 || args.next().is_some() {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let shmem = ShmemConf::new().size(4096).create().unwrap();
    let account = shmem.as_ptr() as *mut Account;

    // everybody has a millisecond of their own
    let round = Duration::from_millis(workers + 1);
    let mut pids = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() } {
            Ok(ForkResult::Parent { child }) => pids.push(child),
            Ok(ForkResult::Child) => {
                sleep(Duration::from_millis(i));
                for _ in 0..deposits {
                    unsafe {
                        if i < workers {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        } else if (*account).balance != (*account).operations * 10 {
                            (*account).inconsistent += 1;
                        }
                    }
                    sleep(round);
                }
                std::process::exit(0)
            }
            Err(e) => panic!("fork failed: {e}"),
        }
    }
    for p in pids {
        waitpid(p, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
