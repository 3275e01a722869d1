//! Right: like a plain process-shared mutex, and `PTHREAD_MUTEX_ROBUST`, so that the death of a holder would be noticed.

use nix::libc;
use std::{env, io, mem, process, ptr};

struct Shared {
    mutex: libc::pthread_mutex_t,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

impl Shared {
    unsafe fn new() -> io::Result<*mut Shared> {
        let p = unsafe {
            libc::mmap(
                ptr::null_mut(),
                mem::size_of::<Shared>(),
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if p == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let shared = p as *mut Shared;
        unsafe {
            let mut attr: libc::pthread_mutexattr_t = mem::zeroed();
            libc::pthread_mutexattr_init(&mut attr);
            libc::pthread_mutexattr_setpshared(&mut attr, libc::PTHREAD_PROCESS_SHARED);
            libc::pthread_mutexattr_setrobust(&mut attr, libc::PTHREAD_MUTEX_ROBUST);
            libc::pthread_mutex_init(&raw mut (*shared).mutex, &attr);
            libc::pthread_mutexattr_destroy(&mut attr);
        }
        Ok(shared)
    }

    unsafe fn locked<T>(this: *mut Shared, f: impl FnOnce(*mut Shared) -> T) -> T {
        unsafe {
            match libc::pthread_mutex_lock(&raw mut (*this).mutex) {
                0 => {}
                libc::EOWNERDEAD => {
                    // the holder died half way: put the two fields right again
                    (*this).balance = (*this).operations * 10;
                    libc::pthread_mutex_consistent(&raw mut (*this).mutex);
                }
                e => panic!("pthread_mutex_lock: {}", io::Error::from_raw_os_error(e)),
            }
            let r = f(this);
            libc::pthread_mutex_unlock(&raw mut (*this).mutex);
            r
        }
    }
}

fn parse() -> Option<(i32, u32)> {
    let mut args = env::args().skip(1);
    let workers: i32 = args.next()?.parse().ok()?;
    let deposits: u32 = args.next()?.parse().ok()?;
    (args.next().is_none() && (1..=64).contains(&workers) && deposits <= 1_000_000).then_some((workers, deposits))
}

fn main() -> io::Result<()> {
    let Some((workers, deposits)) = parse() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        process::exit(2);
    };
    unsafe {
        let shared = Shared::new()?;
        for i in 0..workers + 1 {
            match libc::fork() {
                -1 => return Err(io::Error::last_os_error()),
                0 => {
                    if i < workers {
                        for _ in 0..deposits {
                            Shared::locked(shared, |s| {
                                (*s).balance += 10;
                                (*s).operations += 1;
                            });
                        }
                    } else {
                        for _ in 0..deposits {
                            if Shared::locked(shared, |s| (*s).balance != 10 * (*s).operations) {
                                (*shared).inconsistent += 1;
                            }
                        }
                    }
                    process::exit(0);
                }
                _ => {}
            }
        }
        for _ in 0..workers + 1 {
            let mut status = 0;
            if libc::wait(&mut status) == -1 {
                return Err(io::Error::last_os_error());
            }
            if status != 0 {
                eprintln!("a child failed");
                process::exit(1);
            }
        }
        println!("balance: {}", (*shared).balance);
        println!("operations: {}", (*shared).operations);
        println!("inconsistent audits: {}", (*shared).inconsistent);
    }
    Ok(())
}
