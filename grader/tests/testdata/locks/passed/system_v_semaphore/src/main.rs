//! Right: account and lock are System V objects, a shared segment and a semaphore with undo; both are removed at the end.

use nix::libc::{self, c_int, c_short};
use std::process::exit;

fn check(result: c_int, what: &str) -> c_int {
    if result == -1 {
        panic!("{what}: {}", std::io::Error::last_os_error());
    }
    result
}

fn change(sem: c_int, by: c_short) {
    let mut op = libc::sembuf { sem_num: 0, sem_op: by, sem_flg: libc::SEM_UNDO as c_short };
    check(unsafe { libc::semop(sem, &mut op, 1) }, "semop");
}

fn main() {
    let mut workers = 0i64;
    let mut deposits = -1i64;
    let mut n = 0;
    for a in std::env::args().skip(1) {
        n += 1;
        match a.parse() {
            Ok(v) if n == 1 => workers = v,
            Ok(v) if n == 2 => deposits = v,
            _ => n = 99,
        }
    }
    if n != 2 || workers < 1 || workers > 64 || deposits < 0 || deposits > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2);
    }

    unsafe {
        let shm = check(libc::shmget(libc::IPC_PRIVATE, 24, libc::IPC_CREAT | 0o600), "shmget");
        let account = libc::shmat(shm, std::ptr::null(), 0) as *mut i64;
        // marked for removal now, gone when the last process has detached
        check(libc::shmctl(shm, libc::IPC_RMID, std::ptr::null_mut()), "shmctl");
        assert!(account as isize != -1, "shmat");

        let sem = check(libc::semget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600), "semget");
        check(libc::semctl(sem, 0, libc::SETVAL, 1), "semctl");

        for i in 0..=workers {
            let pid = check(libc::fork(), "fork");
            if pid != 0 {
                continue;
            }
            for _ in 0..deposits {
                change(sem, -1);
                if i == workers {
                    if *account != 10 * *account.add(1) {
                        *account.add(2) += 1;
                    }
                } else {
                    *account += 10;
                    *account.add(1) += 1;
                }
                change(sem, 1);
            }
            exit(0);
        }

        while libc::wait(std::ptr::null_mut()) > 0 {}
        check(libc::semctl(sem, 0, libc::IPC_RMID), "semctl");
        println!("balance: {}", *account);
        println!("operations: {}", *account.add(1));
        println!("inconsistent audits: {}", *account.add(2));
        libc::shmdt(account.cast());
    }
}
