//! Wrong: the parent prints the account first and waits for its children after that, so it may print what is not done yet.

use nix::libc;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[derive(Clone, Copy)]
struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

unsafe fn locked<T>(account: *mut Account, f: impl FnOnce(&mut Account) -> T) -> T {
    unsafe {
        while libc::sem_wait(&raw mut (*account).lock) == -1 {}
        let t = f(&mut *account);
        libc::sem_post(&raw mut (*account).lock);
        t
    }
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    if args.len() != 2 || args[0] < 1 || args[0] > 64 || args[1] < 0 || args[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let (workers, deposits) = (args[0], args[1]);
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account: *mut Account = memory.as_ptr().cast();
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    for i in 0..workers + 1 {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            for _ in 0..deposits {
                unsafe {
                    locked(account, |a| {
                        if i < workers {
                            a.balance += 10;
                            a.operations += 1;
                        } else if a.balance != 10 * a.operations {
                            a.inconsistent += 1;
                        }
                    });
                }
            }
            std::process::exit(0);
        }
    }

    let (b, o, i) = unsafe { locked(account, |a| (a.balance, a.operations, a.inconsistent)) };
    println!("balance: {b}\noperations: {o}\ninconsistent audits: {i}");

    // no zombies
    for _ in 0..workers + 1 {
        wait().unwrap();
    }
}
