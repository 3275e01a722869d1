//! Wrong: the parent prints as soon as all workers are started, and waits for them only afterwards.

use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((workers, numbers)) = check(&args) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    let shm = ShmemConf::new().size(8 + 8 * numbers.len()).create().expect("shm");
    let word = |i: usize| unsafe { &*shm.as_ptr().cast::<AtomicI64>().add(i) };
    for (i, n) in numbers.iter().enumerate() {
        word(i + 1).store(*n, SeqCst);
    }
    for w in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.expect("fork") {
            let mut sum = 0;
            for i in 1..=numbers.len() {
                if i % workers == w {
                    let n = word(i).load(SeqCst);
                    word(i).store(n * n, SeqCst);
                    sum += n * n;
                }
            }
            word(0).fetch_add(sum, SeqCst);
            std::process::exit(0);
        }
    }

    let squares: String = (1..=numbers.len()).map(|i| format!(" {}", word(i).load(SeqCst))).collect();
    println!("array:{squares}");
    println!("value: {}", word(0).load(SeqCst));

    // clean up
    for _ in 0..workers {
        assert!(matches!(wait(), Ok(WaitStatus::Exited(_, 0))));
    }
}

fn check(args: &[String]) -> Option<(usize, Vec<i64>)> {
    let workers = args.first()?.parse().ok()?;
    let numbers: Vec<i64> = args.iter().skip(1).map(|a| a.parse().ok()).collect::<Option<_>>()?;
    let small = |n: &i64| n.abs() <= 1_000_000;
    ((1..=64).contains(&workers) && numbers.len() <= 20_000 && numbers.iter().all(small)).then_some((workers, numbers))
}
