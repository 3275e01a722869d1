//! Wrong: there are two locks, 'to have less waiting', and workers with an even and an odd number take different ones.

use nix::libc::{self, pthread_mutex_t};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::mem::MaybeUninit;

struct Bank {
    locks: [pthread_mutex_t; 2],
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (Some(workers), Some(deposits), 2) = (
        args.first().and_then(|a| a.parse::<usize>().ok()).filter(|w| *w > 0 && *w < 65),
        args.get(1).and_then(|a| a.parse::<usize>().ok()).filter(|d| *d <= 1_000_000),
        args.len(),
    ) else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2)
    };

    let memory = ShmemConf::new().size(size_of::<Bank>()).create().unwrap();
    let bank = memory.as_ptr().cast::<Bank>();
    let locks = unsafe { (&raw mut (*bank).locks).cast::<pthread_mutex_t>() };
    unsafe {
        let mut attr = MaybeUninit::uninit();
        libc::pthread_mutexattr_init(attr.as_mut_ptr());
        libc::pthread_mutexattr_setpshared(attr.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
        libc::pthread_mutex_init(locks, attr.as_ptr());
        libc::pthread_mutex_init(locks.add(1), attr.as_ptr());
    }

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                let lock = locks.add(w % 2);
                for _ in 0..deposits {
                    libc::pthread_mutex_lock(lock);
                    (*bank).balance += 10;
                    (*bank).operations += 1;
                    libc::pthread_mutex_unlock(lock);
                }
                std::process::exit(0)
            },
        }
    }
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => children.push(child),
        // the auditor takes both, always in the same order
        ForkResult::Child => unsafe {
            for _ in 0..deposits {
                libc::pthread_mutex_lock(locks);
                libc::pthread_mutex_lock(locks.add(1));
                if (*bank).balance != (*bank).operations * 10 {
                    (*bank).inconsistent += 1;
                }
                libc::pthread_mutex_unlock(locks.add(1));
                libc::pthread_mutex_unlock(locks);
            }
            std::process::exit(0)
        },
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*bank).balance);
        println!("operations: {}", (*bank).operations);
        println!("inconsistent audits: {}", (*bank).inconsistent);
    }
}
