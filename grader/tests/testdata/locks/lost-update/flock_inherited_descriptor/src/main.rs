//! Wrong: `flock` belongs to the open file, and all children inherited the same one, so the lock that one has taken all have.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::fs::{File, remove_file};
use std::os::fd::AsRawFd;

#[repr(C)]
struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let arg = |i: usize, min: i64, max: i64| {
        args.get(i).and_then(|a| a.parse().ok()).filter(|n| (min..=max).contains(n)).unwrap_or_else(|| {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2)
        })
    };
    let (workers, deposits) = (arg(1, 1, 64), arg(2, 0, 1_000_000));
    if args.len() > 3 {
        arg(99, 0, 0);
    }

    let path = std::env::temp_dir().join(format!("bank-{}", std::process::id()));
    let file = File::create(&path).expect("lock file");
    remove_file(&path).expect("remove the lock file"); // it lives on as long as it is open
    let shm = ShmemConf::new().size(size_of::<Account>()).create().expect("shm");
    let account = shm.as_ptr().cast::<Account>();

    let mut children = vec![];
    for i in 0..workers + 1 {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                for _ in 0..deposits {
                    libc::flock(file.as_raw_fd(), libc::LOCK_EX);
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::flock(file.as_raw_fd(), libc::LOCK_UN);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
