//! Right: the numbers lie in a System V segment, and a System V semaphore guards the total; both are removed at the end.

use nix::libc::{self, c_int};
use std::io::Error;

fn or_die(value: c_int, what: &str) -> c_int {
    if value < 0 {
        eprintln!("{what}: {}", Error::last_os_error());
        std::process::exit(1);
    }
    value
}

fn semaphore(id: c_int, change: i16) {
    let mut operation = libc::sembuf { sem_num: 0, sem_op: change, sem_flg: 0 };
    or_die(unsafe { libc::semop(id, &mut operation, 1) }, "semop");
}

fn main() {
    let mut workers = 0usize;
    let mut numbers: Vec<i64> = vec![];
    let mut bad = false;
    for (i, arg) in std::env::args().enumerate() {
        if i == 1 {
            workers = arg.parse().unwrap_or(0);
        } else if i > 1 {
            match arg.parse() {
                Ok(n) => numbers.push(n),
                Err(_) => bad = true,
            }
        }
    }
    bad |= numbers.len() > 20000 || numbers.iter().any(|&n| n < -1000000 || n > 1000000);
    if bad || workers < 1 || workers > 64 {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }

    let bytes = 8 * (numbers.len() + 1);
    unsafe {
        let segment = or_die(libc::shmget(libc::IPC_PRIVATE, bytes, 0o600 | libc::IPC_CREAT), "shmget");
        let base = libc::shmat(segment, std::ptr::null(), 0).cast::<i64>();
        // the segment lives on until the last process has let it go
        or_die(libc::shmctl(segment, libc::IPC_RMID, std::ptr::null_mut()), "shmctl");
        if base as isize == -1 {
            or_die(-1, "shmat");
        }
        base.add(numbers.len()).write(0); // the total comes last here
        base.copy_from(numbers.as_ptr(), numbers.len());
        let sem = or_die(libc::semget(libc::IPC_PRIVATE, 1, 0o600 | libc::IPC_CREAT), "semget");
        or_die(libc::semctl(sem, 0, libc::SETVAL, 1), "semctl");

        for w in 0..workers {
            if or_die(libc::fork(), "fork") == 0 {
                let mut sum = 0;
                for i in 0..numbers.len() {
                    if i % workers == w {
                        let p = base.add(i);
                        *p = *p * *p;
                        sum += *p;
                    }
                }
                semaphore(sem, -1);
                *base.add(numbers.len()) += sum;
                semaphore(sem, 1);
                std::process::exit(0);
            }
        }
        for _ in 0..workers {
            or_die(libc::wait(std::ptr::null_mut()), "wait");
        }
        or_die(libc::semctl(sem, 0, libc::IPC_RMID), "semctl");

        let result = std::slice::from_raw_parts(base, numbers.len() + 1);
        let (total, array) = result.split_last().unwrap();
        let array = array.iter().map(i64::to_string).collect::<Vec<_>>();
        println!("array: {}\nvalue: {total}", array.join(" "));
        libc::shmdt(base.cast());
    }
}
