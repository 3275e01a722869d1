//! Right: `flock` on a temporary file that each process opens for itself, so that each has a lock of its own to take.

use nix::fcntl::{Flock, FlockArg};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[repr(C)]
#[derive(Clone, Copy)]
struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

/// Removes the file again, whatever happens.
struct LockFile(PathBuf);

impl Drop for LockFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn with_lock<R>(file: File, work: impl FnOnce() -> R) -> (File, R) {
    let held = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, e)| e).expect("flock");
    let result = work();
    (held.unlock().map_err(|(_, e)| e).expect("unlock"), result)
}

fn deposits(path: &Path, account: *mut Account, times: u32) {
    let mut file = File::open(path).expect("open the lock file");
    for _ in 0..times {
        (file, _) = with_lock(file, || unsafe {
            (*account).balance += 10;
            (*account).operations += 1;
        });
    }
}

fn audits(path: &Path, account: *mut Account, times: u32) {
    let mut file = File::open(path).expect("open the lock file");
    let mut inconsistent = 0;
    for _ in 0..times {
        let seen;
        (file, seen) = with_lock(file, || unsafe { *account });
        if seen.balance != 10 * seen.operations {
            inconsistent += 1;
        }
    }
    unsafe { (*account).inconsistent = inconsistent };
}

fn start(f: impl FnOnce()) -> Pid {
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            f();
            std::process::exit(0)
        }
    }
}

fn run(workers: u32, times: u32) -> Result<(), Box<dyn std::error::Error>> {
    let lock_file = LockFile(std::env::temp_dir().join(format!("locks-{}.lock", std::process::id())));
    File::create_new(&lock_file.0)?;
    let memory = ShmemConf::new().size(size_of::<Account>()).create()?;
    let account = memory.as_ptr().cast::<Account>();

    let mut children: Vec<Pid> = (0..workers).map(|_| start(|| deposits(&lock_file.0, account, times))).collect();
    children.push(start(|| audits(&lock_file.0, account, times)));
    for child in children {
        waitpid(child, None)?;
    }
    let end = unsafe { *account };
    println!("balance: {}", end.balance);
    println!("operations: {}", end.operations);
    println!("inconsistent audits: {}", end.inconsistent);
    Ok(())
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    match args[..] {
        [workers @ 1..=64, times @ 0..=1_000_000] if std::env::args().count() == 3 => run(workers, times).unwrap(),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    }
}
