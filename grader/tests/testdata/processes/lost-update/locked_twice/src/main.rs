//! Wrong: the mutex is taken once to read and once more to write, so that another thread can come between.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::Mutex;

static COUNTER: Mutex<u64> = Mutex::new(0);

fn get() -> u64 {
    *COUNTER.lock().unwrap()
}

fn set(value: u64) {
    *COUNTER.lock().unwrap() = value;
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (workers, increments) = (args[0], args[1]);
    let task = move || {
        for _ in 0..increments {
            set(get() + 1);
        }
    };
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(task)).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", get());
    set(0);
    let mut kids = Vec::new();
    for i in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => kids.push(child),
            ForkResult::Child => {
                task();
                println!("child {i}: counter {}", get());
                std::process::exit(0);
            }
        }
    }
    for kid in kids {
        waitpid(kid, None).unwrap();
    }
    println!("parent: counter {}", get());
}
