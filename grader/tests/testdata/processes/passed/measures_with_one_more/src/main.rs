//! Right: it first measures the costs with one thread and one child that do nothing, apart from the WORKERS of each kind.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn measure() {
    let start = Instant::now();
    thread::spawn(|| ()).join().unwrap();
    eprintln!("a thread, created and joined: {:?}", start.elapsed());
    let start = Instant::now();
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => exit(0),
        ForkResult::Parent { child } => waitpid(child, None).unwrap(),
    };
    eprintln!("a process, created and waited for: {:?}", start.elapsed());
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Option<Vec<u64>> = args.iter().map(|a| a.parse().ok()).collect();
    let numbers = numbers.filter(|n| n.len() == 2 && n[0] > 0 && n[0] <= 64 && n[1] <= 1_000_000);
    let Some(numbers) = numbers else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2)
    };
    let (workers, increments) = (numbers[0], numbers[1]);
    measure();

    let work = move || {
        for _ in 0..increments {
            COUNTER.fetch_add(1, Relaxed);
        }
    };
    let threads: Vec<_> = (0..workers).map(|_| thread::spawn(work)).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));

    COUNTER.store(0, Relaxed);
    let mut children = Vec::new();
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                work();
                println!("child {number}: counter {}", COUNTER.load(Relaxed));
                exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
