//! Wrong: a 4-byte count stands before the numbers, so that no `i64` is aligned; a slice of them may not even exist, and with debug checks it aborts.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Option<Vec<i64>> = args.iter().map(|a| a.parse().ok()).collect();
    let numbers = numbers.unwrap_or_default();
    if numbers.is_empty() || !(1..=64).contains(&numbers[0]) || numbers.len() > 20_001 || numbers[1..].iter().any(|n| n.abs() > 1_000_000) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let workers = numbers[0] as usize;
    let numbers = &numbers[1..];

    // count: u32, total: i64, numbers: [i64]
    let memory = ShmemConf::new().size(4 + 8 + 8 * numbers.len()).create().unwrap();
    let start = memory.as_ptr();
    unsafe { start.cast::<u32>().write(numbers.len() as u32) };
    let total = unsafe { AtomicI64::from_ptr(start.add(4).cast()) };
    let array = unsafe { std::slice::from_raw_parts_mut(start.add(12).cast::<i64>(), numbers.len()) };
    array.copy_from_slice(numbers);

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for n in array.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    sum += *n;
                }
                total.fetch_add(sum, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let squares: String = array.iter().map(|n| format!(" {n}")).collect();
    println!("array:{squares}");
    println!("value: {}", total.load(Ordering::SeqCst));
}
