//! Wrong: `sem_init` was told 0, 'not shared between processes', so a wake-up from another process never arrives.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::cell::UnsafeCell;
use std::io;
use std::mem::MaybeUninit;
use std::ptr;

struct Account {
    semaphore: MaybeUninit<libc::sem_t>,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

struct Shared(*mut UnsafeCell<Account>);

impl Shared {
    fn new() -> io::Result<Shared> {
        unsafe {
            let p = libc::mmap(
                ptr::null_mut(),
                size_of::<Account>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            );
            if p == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let shared = Shared(p.cast());
            libc::sem_init((*shared.get()).semaphore.as_mut_ptr(), 0, 1);
            Ok(shared)
        }
    }

    fn get(&self) -> *mut Account {
        unsafe { (*self.0).get() }
    }

    fn with(&self, f: impl FnOnce(&mut Account)) {
        unsafe {
            let account = self.get();
            while libc::sem_wait((*account).semaphore.as_mut_ptr()) != 0 {}
            f(&mut *account);
            libc::sem_post((*account).semaphore.as_mut_ptr());
        }
    }
}

fn main() -> io::Result<()> {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    let [workers @ 1..=64, deposits @ 0..=1_000_000] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let shared = Shared::new()?;
    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    shared.with(|a| {
                        if i < workers {
                            a.balance += 10;
                            a.operations += 1;
                        } else if a.balance != 10 * a.operations {
                            a.inconsistent += 1;
                        }
                    });
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None)?;
    }
    let account = unsafe { &*shared.get() };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
    Ok(())
}
