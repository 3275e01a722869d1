//! Right: an `Arc<Mutex>` for the threads; `libc::fork`, `waitpid` and `_exit` for the children, whose copy of the mutex is free.
use std::sync::{Arc, Mutex};
use std::{env, io, io::Write, process, thread, time};

use nix::libc;

fn usage() -> ! {
    eprintln!("usage: processes WORKERS INCREMENTS");
    process::exit(2)
}

fn main() {
    let a: Vec<String> = env::args().skip(1).collect();
    if a.len() != 2 { usage() }
    let w: i32 = a[0].parse().unwrap_or_else(|_| usage());
    let n: u32 = a[1].parse().unwrap_or_else(|_| usage());
    if w < 1 || w > 64 || n > 1000000 { usage() }

    let counter = Arc::new(Mutex::new(0u64));
    let mut handles = vec![];
    let before = time::Instant::now();
    for _ in 0..w {
        let counter = Arc::clone(&counter);
        handles.push(thread::spawn(move || {
            for _ in 0..n {
                *counter.lock().unwrap() += 1;
            }
        }));
    }
    eprintln!("{:?} for {} threads", before.elapsed(), w);
    for h in handles { h.join().unwrap(); }
    println!("threads: counter {}", counter.lock().unwrap());

    *counter.lock().unwrap() = 0;
    let before = time::Instant::now();
    let mut pids = vec![];
    for k in 0..w {
        let pid = unsafe { libc::fork() };
        if pid < 0 {
            eprintln!("fork: {}", io::Error::last_os_error());
            break;
        }
        if pid == 0 {
            for _ in 0..n {
                *counter.lock().unwrap() += 1;
            }
            println!("child {k}: counter {}", counter.lock().unwrap());
            io::stdout().flush().unwrap();
            unsafe { libc::_exit(0) }
        }
        pids.push(pid);
    }
    eprintln!("{:?} for {} processes", before.elapsed(), w);
    for pid in &pids {
        let mut status = 0;
        unsafe { libc::waitpid(*pid, &mut status, 0) };
    }
    println!("parent: counter {}", counter.lock().unwrap());
    if (pids.len() as i32) < w { process::exit(1) }
}
