//! Wrong: without numbers the parts are computed to be 0 long, and `chunks_mut(0)` panics.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((workers, numbers)) = parse(&args) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    let total = unsafe { AtomicI64::from_ptr(memory.as_ptr().cast()) };
    let array = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>().add(1), numbers.len()) };
    array.copy_from_slice(&numbers);

    let size = (numbers.len() + workers - 1) / workers;
    let mut parts = array.chunks_mut(size);
    let mut children = Vec::new();
    for _ in 0..workers {
        // there may be fewer parts than workers
        let part = parts.next().unwrap_or_default();
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                part.iter_mut().for_each(|n| *n *= *n);
                total.fetch_add(part.iter().sum(), Ordering::Relaxed);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    print!("array:");
    array.iter().for_each(|n| print!(" {n}"));
    println!("\nvalue: {}", total.load(Ordering::Relaxed));
}

fn parse(args: &[String]) -> Option<(usize, Vec<i64>)> {
    let (workers, numbers) = args.split_first()?;
    let workers = workers.parse().ok().filter(|w| (1..=64).contains(w))?;
    let numbers: Vec<i64> = numbers
        .iter()
        .map(|n| n.parse().ok().filter(|n| (-1_000_000..=1_000_000).contains(n)))
        .collect::<Option<_>>()?;
    (numbers.len() <= 20_000).then_some((workers, numbers))
}
