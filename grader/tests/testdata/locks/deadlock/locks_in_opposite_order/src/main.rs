//! Wrong: the workers lock the balance and then the operations, the auditor the other way round; each may hold what the other waits for.

use std::fs::{File, remove_file};
use std::path::PathBuf;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn hold(path: &PathBuf) -> Flock<File> {
    let file = File::open(path).expect("lock file");
    Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, e)| e).expect("flock")
    // dropping it unlocks
}

fn main() {
    let args: Vec<Result<i64, _>> = std::env::args().skip(1).map(|a| a.parse()).collect();
    let (workers, deposits) = match args[..] {
        [Ok(w), Ok(d)] if (1..=64).contains(&w) && (0..=1_000_000).contains(&d) => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2)
        }
    };

    let name = |field: &str| std::env::temp_dir().join(format!("{field}-{}.lock", std::process::id()));
    let (balance, operations) = (name("balance"), name("operations"));
    File::create(&balance).unwrap();
    File::create(&operations).unwrap();
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    if i < workers {
                        let _first = hold(&balance);
                        unsafe { (*account).balance += 10 };
                        let _second = hold(&operations);
                        unsafe { (*account).operations += 1 };
                    } else {
                        let _first = hold(&operations);
                        let _second = hold(&balance);
                        unsafe {
                            if (*account).balance != 10 * (*account).operations {
                                (*account).inconsistent += 1;
                            }
                        }
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    remove_file(&balance).unwrap();
    remove_file(&operations).unwrap();
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
