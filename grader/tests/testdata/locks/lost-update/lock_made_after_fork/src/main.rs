//! Wrong: each child makes a lock of its own in shared memory of its own, which nobody else ever sees.

use nix::libc;
use std::mem::zeroed;
use std::process::exit;
use std::ptr::null_mut;

unsafe fn shared<T>() -> *mut T {
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let p = unsafe { libc::mmap(null_mut(), size_of::<T>(), libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    assert!(p != libc::MAP_FAILED);
    p.cast()
}

unsafe fn make_lock() -> *mut libc::pthread_mutex_t {
    unsafe {
        let lock = shared::<libc::pthread_mutex_t>();
        let mut attr = zeroed();
        libc::pthread_mutexattr_init(&mut attr);
        libc::pthread_mutexattr_setpshared(&mut attr, libc::PTHREAD_PROCESS_SHARED);
        libc::pthread_mutex_init(lock, &attr);
        lock
    }
}

struct Account {
    balance: i32,
    operations: i32,
    inconsistent: i32,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<i32> = args.iter().flat_map(|a| a.parse()).collect();
    if args.len() != 2 || numbers.len() != 2 || !(1..=64).contains(&numbers[0]) || !(0..=1_000_000).contains(&numbers[1]) {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2);
    }
    let (workers, deposits) = (numbers[0], numbers[1]);

    unsafe {
        let account = shared::<Account>();
        for i in 0..workers + 1 {
            if libc::fork() == 0 {
                let lock = make_lock();
                for _ in 0..deposits {
                    libc::pthread_mutex_lock(lock);
                    if i < workers {
                        (*account).balance += 10;
                        (*account).operations += 1;
                    } else if (*account).balance != 10 * (*account).operations {
                        (*account).inconsistent += 1;
                    }
                    libc::pthread_mutex_unlock(lock);
                }
                exit(0);
            }
        }
        for _ in 0..workers + 1 {
            libc::wait(null_mut());
        }
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
