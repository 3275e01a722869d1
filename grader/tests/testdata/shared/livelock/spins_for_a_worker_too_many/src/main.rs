//! Wrong: the parent spins until one worker more than there are has said that it is done.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

struct Header {
    done: AtomicUsize,
    total: AtomicI64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let all: Vec<i64> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if all.len() != args.len() || all.is_empty() || all.len() > 20_001 || all[0] < 1 || all[0] > 64 || all[1..].iter().any(|n| n.abs() > 1_000_000) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let (workers, numbers) = (all[0] as usize, &all[1..]);
    let memory = ShmemConf::new().size(size_of::<Header>() + 8 * numbers.len()).create().unwrap();
    let header = unsafe { &*memory.as_ptr().cast::<Header>() };
    let array = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<Header>().add(1).cast::<i64>(), numbers.len()) };
    array.copy_from_slice(numbers);

    let mut children = vec![];
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for n in array.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    sum += *n;
                }
                header.total.fetch_add(sum, Ordering::SeqCst);
                header.done.fetch_add(1, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    while header.done.load(Ordering::SeqCst) <= workers {
        std::hint::spin_loop();
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let line: String = array.iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}\nvalue: {}", header.total.load(Ordering::SeqCst));
}
