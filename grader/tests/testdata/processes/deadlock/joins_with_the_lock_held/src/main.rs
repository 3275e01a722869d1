//! Wrong: main keeps the mutex that its threads need, and waits for them.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::{Arc, Mutex};
use std::thread;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let shared = Arc::new(Mutex::new(0u64));
    let mut counter = shared.lock().unwrap();
    let threads: Vec<_> = (0..w)
        .map(|_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                for _ in 0..n {
                    *shared.lock().unwrap() += 1;
                }
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {counter}");
    *counter = 0;
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..n {
                    *counter += 1;
                }
                println!("child {k}: counter {counter}");
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {counter}");
}
