//! Wrong: the parent lays out the array as `i64`, the children take the same memory for `i32`; shared memory knows no types and does not object.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::{Shmem, ShmemConf};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

fn total(memory: &Shmem) -> &AtomicI64 {
    unsafe { &*memory.as_ptr().cast() }
}

fn work(memory: &Shmem, worker: usize, workers: usize, length: usize) {
    let numbers = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i32>().add(2), length) };
    for i in (worker..length).step_by(workers) {
        numbers[i] = numbers[i].wrapping_mul(numbers[i]);
        total(memory).fetch_add(i64::from(numbers[i]), Relaxed);
    }
}

fn main() {
    let args: Vec<Result<i64, _>> = std::env::args().skip(1).map(|a| a.parse()).collect();
    let (workers, numbers) = match args.split_first() {
        Some((Ok(w), rest)) if *w >= 1 && *w <= 64 && rest.len() <= 20_000 => (*w as usize, rest),
        _ => usage(),
    };
    let numbers: Vec<i64> = numbers
        .iter()
        .map(|n| match n {
            Ok(n) if n.abs() <= 1_000_000 => *n,
            _ => usage(),
        })
        .collect();

    let memory = ShmemConf::new().size((numbers.len() + 1) * size_of::<i64>()).create().unwrap();
    let array = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>().add(1), numbers.len()) };
    array.copy_from_slice(&numbers);

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                work(&memory, w, workers, numbers.len());
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("array: {}", array.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    println!("value: {}", total(&memory).load(Relaxed));
}

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}
