//! Wrong: the children count in twos until they are there, and an odd number is never met.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w)
        .map(|_| {
            thread::spawn(move || {
                for _ in 0..n {
                    COUNTER.fetch_add(1, SeqCst);
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                // Faster: both increments of a pair at once.
                let mut counter = 0u64;
                while counter != n {
                    counter = counter.wrapping_add(2);
                }
                println!("child {k}: counter {counter}");
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
