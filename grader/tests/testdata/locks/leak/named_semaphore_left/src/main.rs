//! Wrong: the named semaphore is closed, which is not the same as unlinked; its name stays.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::ffi::CString;

struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<u32>()).collect();
    let (workers, deposits) = match &args[..] {
        [Ok(w), Ok(d)] if *w > 0 && *w < 65 && *d < 1_000_001 => (*w, *d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr().cast::<Account>();
    let name = CString::new(format!("/bank{}", std::process::id())).unwrap();
    let semaphore = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT, 0o600, 1) };
    assert_ne!(semaphore, libc::SEM_FAILED);

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    unsafe {
                        libc::sem_wait(semaphore);
                        if i < workers {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        } else if (*account).balance != 10 * (*account).operations {
                            (*account).inconsistent += 1;
                        }
                        libc::sem_post(semaphore);
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe { libc::sem_close(semaphore) };
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
