//! Wrong: fcntl locks end when the process closes any descriptor of the file, and reading the rate from that file does.

use nix::libc;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::exit;

#[repr(C)]
struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn lock(file: &File, kind: libc::c_int) {
    let mut l: libc::flock = unsafe { std::mem::zeroed() };
    l.l_type = kind as libc::c_short;
    l.l_whence = libc::SEEK_SET as libc::c_short;
    while unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLKW, &l) } == -1 {}
}

// How much a deposit is stands in the file, so that it can be changed without compiling.
fn amount(config: &Path) -> i64 {
    fs::read_to_string(config).unwrap().trim().parse().unwrap()
}

struct Remove(PathBuf);
impl Drop for Remove {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let workers = args.get(1).map_or(0, |a| a.parse::<i64>().unwrap_or(0));
    let deposits = args.get(2).map_or(-1, |a| a.parse::<i64>().unwrap_or(-1));
    if args.len() != 3 || !(1..=64).contains(&workers) || !(0..=1_000_000).contains(&deposits) {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2);
    }

    let config = Remove(std::env::temp_dir().join(format!("bank-{}.conf", std::process::id())));
    fs::write(&config.0, "10\n").unwrap();
    let file = File::options().read(true).write(true).open(&config.0).unwrap();
    let memory = shared_memory::ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;

    for i in 0..=workers {
        let pid = unsafe { libc::fork() };
        assert!(pid != -1);
        if pid == 0 {
            for _ in 0..deposits {
                lock(&file, libc::F_WRLCK);
                unsafe {
                    if i < workers {
                        let before = (*account).balance;
                        (*account).balance = before + amount(&config.0);
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                }
                lock(&file, libc::F_UNLCK);
            }
            exit(0);
        }
    }
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {}
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
