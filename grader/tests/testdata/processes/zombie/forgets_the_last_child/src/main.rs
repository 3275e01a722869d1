//! Wrong: the loop that waits stops one short, so that the last child stays a zombie.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, pipe};
use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static COUNTER: AtomicUsize = AtomicUsize::new(0);

fn count(n: usize) {
    let mut i = 0;
    while i < n {
        COUNTER.fetch_add(1, Relaxed);
        i += 1;
    }
}

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(usize::MAX)).collect();
    if args.len() != 2 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (workers, increments) = (args[0], args[1]);
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(move || count(increments))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);

    let (all_done, busy) = pipe().unwrap();
    let mut pids: Vec<Pid> = Vec::new();
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                count(increments);
                println!("child {number}: counter {}", COUNTER.load(Relaxed));
                std::process::exit(0);
            }
            ForkResult::Parent { child } => pids.push(child),
        }
    }
    // The end of this pipe comes when the last child has ended.
    drop(busy);
    File::from(all_done).read_to_end(&mut Vec::new()).unwrap();
    for i in 0..pids.len() - 1 {
        waitpid(pids[i], None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
