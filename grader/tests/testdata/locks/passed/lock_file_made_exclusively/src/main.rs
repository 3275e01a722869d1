//! Right: the lock is a file that only one process at a time can create; to give it back is to remove it.

use std::fs::{OpenOptions, remove_file};
use std::io::ErrorKind;
use std::path::Path;

use nix::libc;

fn lock(path: &Path) {
    loop {
        // O_CREAT | O_EXCL: looking and making are one step
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => return,
            Err(e) if e.kind() == ErrorKind::AlreadyExists => std::thread::yield_now(),
            Err(e) => panic!("{}: {e}", path.display()),
        }
    }
}

fn unlock(path: &Path) {
    remove_file(path).expect("the lock file should be there");
}

struct Account {
    balance: i32,
    operations: i32,
    bad_audits: i32,
}

fn main() {
    let numbers: Vec<i32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(-1)).collect();
    if numbers.len() != 2 || !(1..=64).contains(&numbers[0]) || !(0..=1_000_000).contains(&numbers[1]) {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let path = std::env::temp_dir().join(format!("account-{}.lock", std::process::id()));

    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            std::mem::size_of::<Account>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(p, libc::MAP_FAILED);
    let account = p.cast::<Account>();

    let mut pids = Vec::new();
    for i in 0..=numbers[0] {
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0);
        if pid > 0 {
            pids.push(pid);
            continue;
        }
        for _ in 0..numbers[1] {
            lock(&path);
            let a = unsafe { &mut *account };
            if i < numbers[0] {
                a.balance += 10;
                a.operations += 1;
            } else if a.balance != a.operations * 10 {
                a.bad_audits += 1;
            }
            unlock(&path);
        }
        std::process::exit(0);
    }
    for pid in pids {
        let mut status = 0;
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!(status, 0);
    }
    let a = unsafe { &*account };
    println!("balance: {}\noperations: {}\ninconsistent audits: {}", a.balance, a.operations, a.bad_audits);
}
