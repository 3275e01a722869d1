//! Wrong: everything works, but the name of the shared memory is never unlinked and stays in the system.

use nix::fcntl::OFlag;
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, shm_open};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, ftruncate};
use std::num::NonZeroUsize;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn open_account() -> nix::Result<*mut Account> {
    let name = format!("/account-{}", std::process::id());
    let size = size_of::<Account>();
    let fd = shm_open(name.as_str(), OFlag::O_CREAT | OFlag::O_RDWR | OFlag::O_TRUNC, Mode::from_bits_truncate(0o600))?;
    ftruncate(&fd, size as i64)?;
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let p = unsafe { mmap(None, NonZeroUsize::new(size).unwrap(), rw, MapFlags::MAP_SHARED, &fd, 0)? };
    Ok(p.as_ptr().cast())
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let ok = |i: usize, from, to| args.get(i)?.parse::<i64>().ok().filter(|n| (from..=to).contains(n));
    let (Some(workers), Some(deposits), 3) = (ok(1, 1, 64), ok(2, 0, 1_000_000), args.len()) else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let account = open_account().expect("shared memory");
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                for _ in 0..deposits {
                    libc::sem_wait(&raw mut (*account).lock);
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::sem_post(&raw mut (*account).lock);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
