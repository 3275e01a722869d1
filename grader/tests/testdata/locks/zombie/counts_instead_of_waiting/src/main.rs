//! Wrong: the parent looks at a shared counter until all children have said that they are done, and never waits for them.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: AtomicBool,
    done: AtomicU32,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((workers @ 1..=64, deposits @ 0..=1_000_000)) =
        (if args.len() == 2 { args[0].parse::<u32>().ok().zip(args[1].parse::<u32>().ok()) } else { None })
    else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    let lock = unsafe { &(*account).lock };
    let done = unsafe { &(*account).done };

    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { .. } => {}
            ForkResult::Child => {
                for _ in 0..deposits {
                    while lock.swap(true, Ordering::Acquire) {
                        std::thread::yield_now();
                    }
                    unsafe {
                        if i < workers {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        } else if (*account).balance != 10 * (*account).operations {
                            (*account).inconsistent += 1;
                        }
                    }
                    lock.store(false, Ordering::Release);
                }
                done.fetch_add(1, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    while done.load(Ordering::SeqCst) < workers + 1 {
        std::thread::yield_now();
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
