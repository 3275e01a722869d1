//! Wrong: the array is shared, but the total is a `static`, which is global within one process and copied by fork.

use std::sync::atomic::{AtomicI64, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

// global, so everybody sees it
static TOTAL: AtomicI64 = AtomicI64::new(0);

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}

fn main() {
    let mut args = std::env::args().skip(1);
    let workers: usize = args.next().unwrap_or_else(|| usage()).parse().unwrap_or_else(|_| usage());
    let numbers: Vec<i64> = args.map(|a| a.parse().unwrap_or_else(|_| usage())).collect();
    if workers == 0 || workers > 64 || numbers.len() > 20_000 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        usage();
    }
    let memory = ShmemConf::new().size((8 * numbers.len()).max(8)).create().unwrap();
    let array = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>(), numbers.len()) };
    array.copy_from_slice(&numbers);

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for n in array.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    TOTAL.fetch_add(*n, Ordering::SeqCst);
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let squares: Vec<String> = array.iter().map(i64::to_string).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", TOTAL.load(Ordering::SeqCst));
}
