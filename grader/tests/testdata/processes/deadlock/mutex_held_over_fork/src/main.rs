//! Wrong: the parent holds the counter's mutex while it forks; in the child's copy it is locked for ever.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::Mutex;
use std::thread;

static COUNTER: Mutex<u64> = Mutex::new(0);

fn count(n: u64) {
    for _ in 0..n {
        *COUNTER.lock().unwrap() += 1;
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    let mut counter = COUNTER.lock().unwrap();
    println!("threads: counter {counter}");
    *counter = 0;
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(n);
                println!("child {k}: counter {}", COUNTER.lock().unwrap());
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {counter}");
}
