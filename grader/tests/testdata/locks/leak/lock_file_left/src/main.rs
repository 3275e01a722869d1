//! Wrong: the file that served as the lock stays in the temporary folder; `process::exit` at the end of main drops nothing.

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::fs::{self, File};
use std::path::PathBuf;

struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

struct LockFile(PathBuf);

impl LockFile {
    fn new() -> LockFile {
        let path = std::env::temp_dir().join(format!("account-{}.lock", std::process::id()));
        File::create(&path).expect("lock file");
        LockFile(path)
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    if args.len() != 2 || !(1..=64).contains(&args[0]) || !(0..=1_000_000).contains(&args[1]) {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let lock_file = LockFile::new();
    let code = {
        let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
        run(args[0], args[1], memory.as_ptr().cast(), &lock_file)
    };
    std::process::exit(code);
}

fn run(workers: i64, deposits: i64, account: *mut Account, lock_file: &LockFile) -> i32 {
    for i in 0..workers + 1 {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            let lock = File::open(&lock_file.0).unwrap();
            for _ in 0..deposits {
                lock.lock().unwrap();
                unsafe {
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                }
                lock.unlock().unwrap();
            }
            std::process::exit(0);
        }
    }
    let mut code = 0;
    for _ in 0..workers + 1 {
        if !matches!(wait(), Ok(WaitStatus::Exited(_, 0))) {
            code = 1;
        }
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
    code
}
