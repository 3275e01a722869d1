//! Wrong: workers that would have nothing to do are not started, though the task says WORKERS children even so.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((workers, numbers)) = parse(&args) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size((numbers.len() + 1) * 8).create()?;
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<AtomicI64>(), numbers.len() + 1) };
    let (array, total) = words.split_at(numbers.len());
    array.iter().zip(&numbers).for_each(|(to, n)| to.store(*n, Ordering::Relaxed));

    let workers = workers.min(numbers.len()); // no use for more
    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let part = &array[numbers.len() * w / workers..numbers.len() * (w + 1) / workers];
                let mut sum = 0;
                for place in part {
                    let square = place.load(Ordering::Relaxed).pow(2);
                    place.store(square, Ordering::Relaxed);
                    sum += square;
                }
                total[0].fetch_add(sum, Ordering::Relaxed);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None)?;
    }
    let squares: String = array.iter().map(|n| format!(" {}", n.load(Ordering::Relaxed))).collect();
    println!("array:{squares}\nvalue: {}", total[0].load(Ordering::Relaxed));
    Ok(())
}

fn parse(args: &[String]) -> Option<(usize, Vec<i64>)> {
    let workers = args.first()?.parse().ok().filter(|n| (1..=64).contains(n))?;
    let numbers: Vec<i64> = args[1..].iter().map(|a| a.parse().ok().filter(|n: &i64| n.abs() <= 1_000_000)).collect::<Option<_>>()?;
    (numbers.len() <= 20_000).then_some((workers, numbers))
}
