//! Wrong: the counter lies in shared memory, so that the parent does see what the children wrote.
use nix::libc;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let counter = unsafe {
        let page = libc::mmap(
            std::ptr::null_mut(),
            4096,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert_ne!(page, libc::MAP_FAILED);
        &*(page as *const AtomicU64)
    };
    let count = || {
        for _ in 0..args[1] {
            counter.fetch_add(1, SeqCst);
        }
    };
    std::thread::scope(|s| {
        let threads: Vec<_> = (0..args[0]).map(|_| s.spawn(count)).collect();
        for t in threads {
            t.join().unwrap();
        }
    });
    println!("threads: counter {}", counter.load(SeqCst));
    counter.store(0, SeqCst);
    for k in 0..args[0] {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            count();
            println!("child {k}: counter {}", counter.load(SeqCst));
            std::process::exit(0);
        }
    }
    for _ in 0..args[0] {
        wait().unwrap();
    }
    println!("parent: counter {}", counter.load(SeqCst));
}
