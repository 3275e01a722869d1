//! Wrong: the workers lock, the auditor does not ('it only reads'), so it can see the balance of a deposit without its operation.

use nix::libc;
use nix::sys::mman::{mmap_anonymous, MapFlags, ProtFlags};
use nix::sys::wait::waitpid;
use nix::unistd::{fork, ForkResult};
use std::num::NonZeroUsize;

#[repr(C)]
struct Account {
    mutex: libc::pthread_mutex_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let numbers: Option<Vec<usize>> = args.iter().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, deposits) = match numbers.as_deref() {
        Some([w, d]) if *w >= 1 && *w <= 64 && *d <= 1_000_000 => (*w, *d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2)
        }
    };

    let account = unsafe {
        let p = mmap_anonymous(
            None,
            NonZeroUsize::new(size_of::<Account>()).unwrap(),
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
            MapFlags::MAP_SHARED,
        );
        p.unwrap().as_ptr() as *mut Account
    };
    unsafe {
        let mut attributes = std::mem::zeroed();
        libc::pthread_mutexattr_init(&mut attributes);
        libc::pthread_mutexattr_setpshared(&mut attributes, libc::PTHREAD_PROCESS_SHARED);
        libc::pthread_mutex_init(&mut (*account).mutex, &attributes);
    }

    let mut children = vec![];
    for _ in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                for _ in 0..deposits {
                    unsafe {
                        libc::pthread_mutex_lock(&mut (*account).mutex);
                        (*account).balance += 10;
                        (*account).operations += 1;
                        libc::pthread_mutex_unlock(&mut (*account).mutex);
                    }
                }
                std::process::exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            for _ in 0..deposits {
                unsafe {
                    let balance = std::ptr::read_volatile(&(*account).balance);
                    let operations = std::ptr::read_volatile(&(*account).operations);
                    if balance != operations * 10 {
                        (*account).inconsistent += 1;
                    }
                }
            }
            std::process::exit(0);
        }
        ForkResult::Parent { child } => children.push(child),
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
