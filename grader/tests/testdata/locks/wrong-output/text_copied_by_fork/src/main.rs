//! Wrong: `print!` without a line's end leaves the text in a buffer, fork copies the buffer, and every child prints it too.

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: AtomicBool,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<Option<u64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, deposits) = match args[..] {
        [Some(w @ 1..=64), Some(d @ 0..=1_000_000)] => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;

    print!("balance: "); // the number follows when it is known

    let mut children = vec![];
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    unsafe {
                        while (*account).lock.swap(true, Ordering::Acquire) {
                            std::hint::spin_loop();
                        }
                        if i == workers {
                            (*account).inconsistent += ((*account).balance != 10 * (*account).operations) as i64;
                        } else {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        }
                        (*account).lock.store(false, Ordering::Release);
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let account = unsafe { &*account };
    println!("{}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
