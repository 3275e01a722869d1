//! Wrong: the workers send their squares through pipes, and the parent writes them into the shared memory, which nobody else uses.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::io::{Read, Write, pipe};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(i64::MIN)).collect();
    if !args.first().is_some_and(|w| (1..=64).contains(w))
        || args.len() > 20_001
        || args[1..].iter().any(|n| !(-1_000_000..=1_000_000).contains(n))
    {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let (workers, numbers) = (args[0] as usize, &args[1..]);
    let memory = ShmemConf::new().size(8 * args.len()).create()?;
    let words = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>(), args.len()) };

    let mut children = Vec::new();
    for w in 0..workers {
        let (from_child, mut to_parent) = pipe()?;
        let part = numbers.len() * w / workers..numbers.len() * (w + 1) / workers;
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push((child, from_child, part)),
            ForkResult::Child => {
                drop(from_child);
                let bytes: Vec<u8> = numbers[part].iter().flat_map(|n| (n * n).to_ne_bytes()).collect();
                to_parent.write_all(&bytes)?;
                std::process::exit(0);
            }
        }
    }
    for (child, mut from_child, part) in children {
        let mut bytes = Vec::new();
        from_child.read_to_end(&mut bytes)?;
        for (i, square) in part.zip(bytes.chunks_exact(8)) {
            words[i + 1] = i64::from_ne_bytes(square.try_into()?);
            words[0] += words[i + 1];
        }
        waitpid(child, None)?;
    }
    let line: String = words[1..].iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}");
    println!("value: {}", words[0]);
    Ok(())
}
