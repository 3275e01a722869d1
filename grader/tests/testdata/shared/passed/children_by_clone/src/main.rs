//! Right: the children are made by `clone` with stacks of their own; the total is updated with compare_exchange until it succeeds.

use nix::libc;
use nix::sched::{CloneFlags, clone};
use nix::sys::wait::{WaitStatus, waitpid};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

fn add(total: &AtomicI64, sum: i64) {
    let mut old = total.load(Ordering::Relaxed);
    loop {
        match total.compare_exchange_weak(old, old + sum, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => old = now,
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let valid = |from: i64, to: i64| move |a: &String| a.parse::<i64>().ok().filter(|n| (from..=to).contains(n));
    let workers = args.first().and_then(valid(1, 64));
    let numbers: Option<Vec<i64>> = args.iter().skip(1).map(valid(-1_000_000, 1_000_000)).collect();
    let (Some(workers), Some(numbers), ..20_002) = (workers, numbers, args.len()) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };

    let memory = ShmemConf::new().size((numbers.len() + 1) * size_of::<AtomicI64>()).create().expect("shared memory");
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<AtomicI64>(), numbers.len() + 1) };
    let (array, total) = (&words[..numbers.len()], &words[numbers.len()]);
    array.iter().zip(&numbers).for_each(|(word, n)| word.store(*n, Ordering::Relaxed));

    // without CLONE_VM the child has a copy of all memory, so one stack serves for all
    let mut stack = vec![0; 256 * 1024];
    let mut children = Vec::new();
    for w in 0..workers as usize {
        let work = || -> isize {
            let mut sum = 0;
            for word in array.iter().skip(w).step_by(workers as usize) {
                let n = word.load(Ordering::Relaxed);
                word.store(n * n, Ordering::Relaxed);
                sum += n * n;
            }
            add(total, sum);
            0
        };
        let child = unsafe { clone(Box::new(work), &mut stack, CloneFlags::empty(), Some(libc::SIGCHLD)) };
        children.push(child.expect("clone"));
    }
    for child in children {
        assert_eq!(waitpid(child, None), Ok(WaitStatus::Exited(child, 0)));
    }
    let squares: String = array.iter().map(|w| format!(" {}", w.load(Ordering::Relaxed))).collect();
    println!("array:{squares}\nvalue: {}", total.load(Ordering::Relaxed));
}
