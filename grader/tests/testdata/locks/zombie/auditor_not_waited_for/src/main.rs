//! Wrong: the workers are waited for, the auditor is forgotten, and what it has counted is printed before it is done.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

#[repr(C)]
struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn fork_and_do(f: impl FnOnce()) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            f();
            std::process::exit(0)
        }
    }
}

fn with_lock(account: *mut Account, f: impl FnOnce(&mut Account)) {
    unsafe {
        while libc::sem_wait(&raw mut (*account).lock) != 0 {}
        f(&mut *account);
        libc::sem_post(&raw mut (*account).lock);
    }
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u32::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let (workers, deposits) = (args[0], args[1]);
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    fork_and_do(|| {
        for _ in 0..deposits {
            with_lock(account, |a| {
                if a.balance != 10 * a.operations {
                    a.inconsistent += 1;
                }
            });
        }
    });
    let workers: Vec<Pid> = (0..workers)
        .map(|_| {
            fork_and_do(|| {
                for _ in 0..deposits {
                    with_lock(account, |a| {
                        a.balance += 10;
                        a.operations += 1;
                    });
                }
            })
        })
        .collect();
    for worker in workers {
        waitpid(worker, None).unwrap();
    }
    with_lock(account, |a| {
        println!("balance: {}", a.balance);
        println!("operations: {}", a.operations);
        println!("inconsistent audits: {}", a.inconsistent);
    });
}
