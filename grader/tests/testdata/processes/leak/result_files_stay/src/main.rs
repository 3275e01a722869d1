//! Wrong: each child leaves its counter in a file in the temporary folder too, and nobody removes the files.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, getpid};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::{env, fs, thread};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));
    let me = getpid();
    let file = |k: u64| env::temp_dir().join(format!("processes-{me}-{k}.txt"));
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(n);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                fs::write(file(k), COUNTER.load(SeqCst).to_string()).unwrap();
                std::process::exit(0)
            }
        }
    }
    for (k, child) in children.into_iter().enumerate() {
        waitpid(child, None).unwrap();
        eprintln!("child {k} wrote {}", fs::read_to_string(file(k as u64)).unwrap());
    }
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
