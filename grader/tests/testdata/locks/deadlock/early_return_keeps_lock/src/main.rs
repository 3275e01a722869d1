//! Wrong: the worker's last deposit returns before the unlock at the end of the function, so the lock is kept for ever.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[repr(C)]
struct Account {
    mutex: libc::pthread_mutex_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

/// Says whether there is more to do.
fn deposit(account: *mut Account, left: &mut u32) -> bool {
    unsafe {
        libc::pthread_mutex_lock(&raw mut (*account).mutex);
        (*account).balance += 10;
        (*account).operations += 1;
        *left -= 1;
        if *left == 0 {
            return false;
        }
        libc::pthread_mutex_unlock(&raw mut (*account).mutex);
        true
    }
}

fn audit(account: *mut Account) {
    unsafe {
        libc::pthread_mutex_lock(&raw mut (*account).mutex);
        if (*account).balance != 10 * (*account).operations {
            (*account).inconsistent += 1;
        }
        libc::pthread_mutex_unlock(&raw mut (*account).mutex);
    }
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u32::MAX)).collect();
    let &[workers @ 1..=64, deposits @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr().cast::<Account>();
    unsafe {
        let mut attr = std::mem::zeroed();
        libc::pthread_mutexattr_init(&mut attr);
        libc::pthread_mutexattr_setpshared(&mut attr, libc::PTHREAD_PROCESS_SHARED);
        libc::pthread_mutex_init(&raw mut (*account).mutex, &attr);
    }

    let mut children = Vec::new();
    for i in 0..=workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut left = deposits;
                if i == workers {
                    (0..deposits).for_each(|_| audit(account));
                } else if left > 0 {
                    while deposit(account, &mut left) {}
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
