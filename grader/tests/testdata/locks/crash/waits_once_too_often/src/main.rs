//! Wrong: it waits for one child more than there are, and panics after everything was printed.

use nix::libc;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<Option<u32>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, deposits) = match args[..] {
        [Some(w), Some(d)] if w >= 1 && w <= 64 && d <= 1_000_000 => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    for i in 0..=workers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            for _ in 0..deposits {
                unsafe {
                    libc::sem_wait(&raw mut (*account).lock);
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::sem_post(&raw mut (*account).lock);
                }
            }
            std::process::exit(0);
        }
    }
    for _ in 0..=workers {
        wait().unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
    // and the auditor
    wait().unwrap();
}
