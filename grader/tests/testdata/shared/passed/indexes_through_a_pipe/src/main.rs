//! Right: the parent hands out the indexes through a pipe, the workers take one each time they are free and square that number in place.

use std::io::{Read, Write, pipe};
use std::sync::atomic::{AtomicI64, Ordering};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Result<Vec<i64>, _> = args.iter().skip(1).map(|a| a.parse::<i64>()).collect();
    let workers: i32 = args.first().map_or(0, |a| a.parse().unwrap_or(0));
    let numbers = match numbers {
        Ok(n) if n.len() <= 20_000 && n.iter().all(|x| x.abs() <= 1_000_000) && (1..=64).contains(&workers) => n,
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            std::process::exit(2);
        }
    };

    let memory = ShmemConf::new().size(8 + 8 * numbers.len()).create()?;
    let value = unsafe { AtomicI64::from_ptr(memory.as_ptr().cast()) };
    let array = unsafe { memory.as_ptr().cast::<i64>().add(1) };
    for (i, n) in numbers.iter().enumerate() {
        unsafe { *array.add(i) = *n };
    }

    let (mut take, mut put) = pipe()?;
    let mut children = vec![];
    for _ in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                drop(put); // else nobody sees the end
                let mut sum = 0;
                // 4 bytes at a time: a pipe gives and takes so few in one piece
                let mut index = [0; 4];
                while take.read_exact(&mut index).is_ok() {
                    let number = unsafe { &mut *array.add(u32::from_ne_bytes(index) as usize) };
                    *number *= *number;
                    sum += *number;
                }
                value.fetch_add(sum, Ordering::AcqRel);
                std::process::exit(0);
            }
        }
    }
    drop(take);
    for i in 0..numbers.len() as u32 {
        put.write_all(&i.to_ne_bytes())?;
    }
    drop(put);
    for child in children {
        waitpid(child, None)?;
    }

    print!("array:");
    for i in 0..numbers.len() {
        print!(" {}", unsafe { array.add(i).read() });
    }
    println!();
    println!("value: {}", value.load(Ordering::Acquire));
    Ok(())
}
