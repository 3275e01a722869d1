//! Wrong: the parent reads a pipe to its end to learn that all workers are done, while it keeps the writing end open itself.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::io::{Read, Write, pipe};
use std::sync::atomic::{AtomicI64, Ordering};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<i64>().ok()).collect();
    let valid = !args.is_empty()
        && args.len() <= 20_001
        && args[0].is_some_and(|w| w >= 1 && w <= 64)
        && args[1..].iter().all(|n| n.is_some_and(|n| n.abs() <= 1_000_000));
    if !valid {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let workers = args[0].unwrap() as usize;
    let count = args.len() - 1;
    let memory = ShmemConf::new().size(args.len() * 8).create()?;
    let words = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<AtomicI64>(), args.len()) };
    for i in 1..=count {
        words[i].store(args[i].unwrap(), Ordering::SeqCst);
    }

    let (mut done, mut say_done) = pipe()?;
    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                drop(done);
                let mut sum = 0;
                for word in words[1..].iter().skip(w).step_by(workers) {
                    let square = word.load(Ordering::SeqCst).pow(2);
                    word.store(square, Ordering::SeqCst);
                    sum += square;
                }
                words[0].fetch_add(sum, Ordering::SeqCst);
                say_done.write_all(b"done")?;
                std::process::exit(0);
            }
        }
    }
    let mut all = Vec::new();
    done.read_to_end(&mut all)?;
    for child in children {
        waitpid(child, None)?;
    }
    let array: Vec<String> = words[1..].iter().map(|w| w.load(Ordering::SeqCst).to_string()).collect();
    println!("array: {}", array.join(" "));
    println!("value: {}", words[0].load(Ordering::SeqCst));
    Ok(())
}
