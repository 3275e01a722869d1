//! Wrong: the loop that waits runs one time more than there are children, and the error of that last wait is a panic.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::Mutex;
use std::sync::Arc;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let w: usize = args.get(1).and_then(|a| a.parse().ok()).unwrap_or(0);
    let n: usize = args.get(2).and_then(|a| a.parse().ok()).unwrap_or(usize::MAX);
    if args.len() != 3 || w < 1 || w > 64 || n > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let c = Arc::new(Mutex::new(0));
    let hs: Vec<_> = (0..w)
        .map(|_| {
            let c = c.clone();
            std::thread::spawn(move || {
                for _ in 0..n {
                    *c.lock().unwrap() += 1;
                }
            })
        })
        .collect();
    for h in hs {
        h.join().unwrap();
    }
    println!("threads: counter {}", c.lock().unwrap());
    *c.lock().unwrap() = 0;
    for i in 0..w {
        if matches!(unsafe { fork() }, Ok(ForkResult::Child)) {
            for _ in 0..n {
                *c.lock().unwrap() += 1;
            }
            println!("child {i}: counter {}", c.lock().unwrap());
            std::process::exit(0);
        }
    }
    for _ in 0..=w {
        wait().unwrap();
    }
    println!("parent: counter {}", c.lock().unwrap());
}
