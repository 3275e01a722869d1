//! Wrong: each child leaves a `Vec` of its squares in shared memory; its pointer leads into the child's memory, which the parent does not have (SIGSEGV).

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::mem::ManuallyDrop;

const MOST: usize = 20_000;

struct Part {
    length: usize,
    squares: ManuallyDrop<Vec<i64>>,
    sum: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let usage = |_| -> i64 {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2)
    };
    let args: Vec<i64> = args.iter().map(|a| a.parse().unwrap_or_else(usage)).collect();
    if args.is_empty() || !(1..=64).contains(&args[0]) || args.len() > MOST + 1 {
        usage("x".parse::<i64>().unwrap_err());
    }
    let (workers, numbers) = (args[0] as usize, &args[1..]);
    if numbers.iter().any(|n| n.abs() > 1_000_000) {
        usage("x".parse::<i64>().unwrap_err());
    }

    let memory = ShmemConf::new().size(workers * size_of::<Part>()).create().unwrap();
    let parts = memory.as_ptr().cast::<Part>();
    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mine = &numbers[numbers.len() * w / workers..numbers.len() * (w + 1) / workers];
                let mut squares = vec![0; MOST]; // there can't be more
                let mut sum = 0;
                for (i, n) in mine.iter().enumerate() {
                    squares[i] = n * n;
                    sum += n * n;
                }
                let part = Part { length: mine.len(), squares: ManuallyDrop::new(squares), sum };
                unsafe { parts.add(w).write(part) };
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let parts = unsafe { std::slice::from_raw_parts(parts, workers) };
    print!("array:");
    for part in parts {
        for square in &part.squares[..part.length] {
            print!(" {square}");
        }
    }
    println!("\nvalue: {}", parts.iter().map(|p| p.sum).sum::<i64>());
}
