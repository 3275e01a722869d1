//! Right: a pthread mutex marked as shared between processes lies beside the account in an anonymous mapping.

use nix::libc::{self, pthread_mutex_t, pthread_mutexattr_t};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;

#[repr(C)]
struct Bank {
    mutex: pthread_mutex_t,
    balance: u64,
    operations: u64,
    bad: u64,
}

fn usage() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    std::process::exit(2)
}

fn main() {
    let a: Vec<String> = std::env::args().collect();
    if a.len() != 3 {
        usage();
    }
    let (Ok(workers), Ok(deposits)) = (a[1].parse::<usize>(), a[2].parse::<usize>()) else { usage() };
    if workers < 1 || workers > 64 || deposits > 1_000_000 {
        usage();
    }

    let bank: *mut Bank = unsafe {
        mmap_anonymous(
            None,
            NonZeroUsize::new(std::mem::size_of::<Bank>()).unwrap(),
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
            MapFlags::MAP_SHARED,
        )
    }
    .expect("mmap")
    .as_ptr()
    .cast();

    unsafe {
        let mut attr = MaybeUninit::<pthread_mutexattr_t>::uninit();
        libc::pthread_mutexattr_init(attr.as_mut_ptr());
        libc::pthread_mutexattr_setpshared(attr.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
        libc::pthread_mutex_init(&raw mut (*bank).mutex, attr.as_ptr());
        libc::pthread_mutexattr_destroy(attr.as_mut_ptr());
    }

    let mut kids = vec![];
    for w in 0..=workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => kids.push(child),
            ForkResult::Child => unsafe {
                let m = &raw mut (*bank).mutex;
                let mut bad = 0;
                for _ in 0..deposits {
                    libc::pthread_mutex_lock(m);
                    if w == workers {
                        if (*bank).balance != (*bank).operations * 10 {
                            bad += 1;
                        }
                    } else {
                        (*bank).balance += 10;
                        (*bank).operations += 1;
                    }
                    libc::pthread_mutex_unlock(m);
                }
                if w == workers {
                    (*bank).bad = bad;
                }
                libc::_exit(0)
            },
        }
    }
    for k in kids {
        waitpid(k, None).expect("waitpid");
    }
    unsafe {
        println!("balance: {}", (*bank).balance);
        println!("operations: {}", (*bank).operations);
        println!("inconsistent audits: {}", (*bank).bad);
        libc::pthread_mutex_destroy(&raw mut (*bank).mutex);
    }
}
