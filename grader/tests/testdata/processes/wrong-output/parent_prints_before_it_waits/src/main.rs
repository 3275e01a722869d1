//! Wrong: the parent prints its line right after the forks, and waits afterwards; its line can come before the children's.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn main() {
    let args: Vec<Result<u64, _>> = std::env::args().skip(1).map(|a| a.parse()).collect();
    let (w, n) = match &args[..] {
        [Ok(w), Ok(n)] if (1..=64).contains(w) && *n <= 1_000_000 => (*w, *n),
        _ => {
            eprintln!("usage: processes WORKERS INCREMENTS");
            process::exit(2)
        }
    };
    let count = move || {
        for _ in 0..n {
            COUNTER.fetch_add(1, SeqCst);
        }
    };
    let mut threads = vec![];
    for _ in 0..w {
        threads.push(std::thread::spawn(count));
    }
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                count();
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                process::exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
    for c in children {
        waitpid(c, None).unwrap();
    }
}
