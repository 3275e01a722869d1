//! Wrong: the parts include both their ends, so the number at each border belongs to two workers and is added twice.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

fn main() {
    let mut args = std::env::args().skip(1);
    let workers = args.next().and_then(|a| a.parse::<usize>().ok()).filter(|w| (1..=64).contains(w));
    let numbers: Option<Vec<i64>> = args.map(|a| a.parse().ok().filter(|n| (-1_000_000..=1_000_000).contains(n))).collect();
    let (workers, numbers) = match (workers, numbers) {
        (Some(w), Some(n)) if n.len() <= 20_000 => (w, n),
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size((numbers.len() + 1) * 8).create().unwrap();
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr() as *const AtomicI64, numbers.len() + 1) };
    let (total, array) = words.split_first().unwrap();
    for i in 0..numbers.len() {
        array[i].store(numbers[i], SeqCst);
    }

    let mut children = Vec::new();
    for w in 0..workers {
        let start = numbers.len() * w / workers;
        let end = numbers.len() * (w + 1) / workers;
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for i in start..=end {
                    if i == numbers.len() {
                        break; // the last part has no neighbour
                    }
                    let square = numbers[i] * numbers[i];
                    array[i].store(square, SeqCst);
                    sum += square;
                }
                total.fetch_add(sum, SeqCst);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let squares: Vec<String> = array.iter().map(|n| n.load(SeqCst).to_string()).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", total.load(SeqCst));
}
