//! Wrong: it forgets to set the counter back to zero, and the children inherit what the threads counted.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::{Arc, Mutex};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let w: u64 = args.get(1).and_then(|x| x.parse().ok()).unwrap_or(0);
    let n: u64 = args.get(2).and_then(|x| x.parse().ok()).unwrap_or(u64::MAX);
    if args.len() != 3 || w == 0 || w > 64 || n > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let counter = Arc::new(Mutex::new(0u64));
    let mut ts = vec![];
    for _ in 0..w {
        let c = counter.clone();
        ts.push(std::thread::spawn(move || {
            for _ in 0..n {
                *c.lock().unwrap() += 1
            }
        }));
    }
    for t in ts {
        t.join().unwrap()
    }
    println!("threads: counter {}", counter.lock().unwrap());
    let mut ps = vec![];
    for i in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => ps.push(child),
            ForkResult::Child => {
                for _ in 0..n {
                    *counter.lock().unwrap() += 1
                }
                println!("child {}: counter {}", i, counter.lock().unwrap());
                std::process::exit(0)
            }
        }
    }
    for p in ps {
        waitpid(p, None).unwrap();
    }
    println!("parent: counter 0");
}
