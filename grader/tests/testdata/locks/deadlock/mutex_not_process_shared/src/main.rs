//! Wrong: the pthread mutex lies in shared memory but was not made for several processes; libc does without the wake-up calls then, and who sleeps on it sleeps for ever.

use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::num::NonZeroUsize;

struct Account {
    mutex: libc::pthread_mutex_t,
    balance: u64,
    operations: u64,
    inconsistent: u64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (workers, deposits) = match &args[..] {
        [w, d] => match (w.parse::<usize>(), d.parse::<usize>()) {
            (Ok(w), Ok(d)) if w != 0 && w <= 64 && d <= 1_000_000 => (w, d),
            _ => usage(),
        },
        _ => usage(),
    };

    let memory = unsafe {
        mmap_anonymous(
            None,
            NonZeroUsize::new(size_of::<Account>()).unwrap(),
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE,
            MapFlags::MAP_SHARED,
        )
    };
    let account = memory.unwrap().as_ptr().cast::<Account>();
    unsafe {
        (*account).mutex = libc::PTHREAD_MUTEX_INITIALIZER;
    }

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    unsafe {
                        libc::pthread_mutex_lock(&mut (*account).mutex);
                        if i == workers {
                            if (*account).balance != 10 * (*account).operations {
                                (*account).inconsistent += 1;
                            }
                        } else {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        }
                        libc::pthread_mutex_unlock(&mut (*account).mutex);
                    }
                }
                std::process::exit(0);
            }
        }
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

fn usage() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    std::process::exit(2);
}
