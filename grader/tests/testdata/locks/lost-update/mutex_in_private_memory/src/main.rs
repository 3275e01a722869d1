//! Wrong: the account is shared, but the `std::sync::Mutex` is not; after fork each process locks a copy of its own.

use nix::sys::mman::{mmap_anonymous, MapFlags, ProtFlags};
use nix::sys::wait::{waitpid, WaitStatus};
use nix::unistd::{fork, ForkResult};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

// raw pointers are not Send, so: a wrapper
struct Pointer(*mut Account);
unsafe impl Send for Pointer {}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() != 3 {
        usage();
    }
    let workers = args[1].parse::<usize>().unwrap_or_else(|_| usage());
    let deposits = args[2].parse::<usize>().unwrap_or_else(|_| usage());
    if workers == 0 || workers > 64 || deposits > 1_000_000 {
        usage();
    }

    let p = unsafe {
        mmap_anonymous(
            None,
            NonZeroUsize::new(size_of::<Account>()).unwrap(),
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
            MapFlags::MAP_SHARED,
        )
        .unwrap()
    };
    let account = Arc::new(Mutex::new(Pointer(p.as_ptr() as *mut Account)));

    let mut pids = vec![];
    for i in 0..workers + 1 {
        let account = Arc::clone(&account);
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                let mut inconsistent = 0;
                for _ in 0..deposits {
                    let guard = account.lock().unwrap();
                    let pointer = guard.0;
                    let account = unsafe { &mut *pointer };
                    if i == workers {
                        if account.balance != 10 * account.operations {
                            inconsistent += 1;
                        }
                    } else {
                        account.balance += 10;
                        account.operations += 1;
                    }
                }
                if i == workers {
                    let pointer = account.lock().unwrap().0;
                    unsafe { (*pointer).inconsistent = inconsistent };
                }
                std::process::exit(0)
            }
        }
    }
    for pid in pids {
        assert_eq!(waitpid(pid, None), Ok(WaitStatus::Exited(pid, 0)));
    }
    let guard = account.lock().unwrap();
    let account = unsafe { &*guard.0 };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}

fn usage() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    std::process::exit(2)
}
