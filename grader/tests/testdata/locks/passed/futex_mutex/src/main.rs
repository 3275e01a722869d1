//! Right: a mutex written by hand on the futex system call (0 free, 1 held, 2 held and somebody may be asleep).

use nix::libc;
use std::process::exit;
use std::sync::atomic::{AtomicI32, Ordering::*};

struct Futex(AtomicI32);

impl Futex {
    fn call(&self, op: i32, value: i32) {
        // not FUTEX_PRIVATE_FLAG: other processes use the same word
        unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), op, value, std::ptr::null::<libc::timespec>()) };
    }

    fn lock(&self) {
        if self.0.compare_exchange(0, 1, Acquire, Relaxed).is_ok() {
            return;
        }
        while self.0.swap(2, Acquire) != 0 {
            self.call(libc::FUTEX_WAIT, 2);
        }
    }

    fn unlock(&self) {
        if self.0.swap(0, Release) == 2 {
            self.call(libc::FUTEX_WAKE, 1);
        }
    }
}

#[repr(C)]
struct Account {
    lock: Futex,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() != 2 {
        help();
    }
    let workers = args[0].parse().unwrap_or(0usize);
    let deposits = args[1].parse().unwrap_or(usize::MAX);
    if !(1..65).contains(&workers) || deposits > 1_000_000 {
        help();
    }

    let acc = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size_of::<Account>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        ) as *mut Account
    };
    if acc as isize == -1 {
        eprintln!("no memory");
        exit(1);
    }

    let mut pids = [0; 65];
    for i in 0..workers {
        pids[i] = in_child(|| unsafe {
            for _ in 0..deposits {
                (*acc).lock.lock();
                (*acc).balance += 10;
                (*acc).operations += 1;
                (*acc).lock.unlock();
            }
        });
    }
    pids[workers] = in_child(|| unsafe {
        let mut n = 0;
        for _ in 0..deposits {
            (*acc).lock.lock();
            let ok = (*acc).balance == (*acc).operations * 10;
            (*acc).lock.unlock();
            n += !ok as i64;
        }
        (*acc).inconsistent = n;
    });
    for pid in &pids[..workers + 1] {
        unsafe { libc::waitpid(*pid, std::ptr::null_mut(), 0) };
    }
    unsafe {
        println!("balance: {}", (*acc).balance);
        println!("operations: {}", (*acc).operations);
        println!("inconsistent audits: {}", (*acc).inconsistent);
    }
}

fn in_child(f: impl Fn()) -> libc::pid_t {
    match unsafe { libc::fork() } {
        0 => {
            f();
            exit(0)
        }
        pid if pid > 0 => pid,
        _ => panic!("fork failed"),
    }
}

fn help() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    exit(2)
}
