//! Right: SIGCHLD is ignored on purpose, so the system clears ended children away, and `wait` fails when the last one is gone.
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count_to(increments: u64) {
    let mut left = increments;
    while left > 0 {
        COUNTER.fetch_add(1, SeqCst);
        left -= 1;
    }
}

fn main() {
    let arguments: Vec<Option<u64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, increments) = match arguments[..] {
        [Some(w @ 1..=64), Some(i @ 0..=1_000_000)] => (w, i),
        _ => {
            eprintln!("usage: processes WORKERS INCREMENTS");
            std::process::exit(2)
        }
    };
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(move || count_to(increments))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));

    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();
    for k in 0..workers {
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                count_to(increments);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                std::process::exit(0)
            }
            Ok(ForkResult::Parent { .. }) => {}
            Err(e) => panic!("fork: {e}"),
        }
    }
    // Blocks until no child is left; then there is nothing to report.
    loop {
        match wait() {
            Err(Errno::ECHILD) => break,
            Err(Errno::EINTR) | Ok(_) => continue,
            Err(e) => panic!("wait: {e}"),
        }
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
