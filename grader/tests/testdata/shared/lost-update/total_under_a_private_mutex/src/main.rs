//! Wrong: the total is shared and guarded by a `std::sync::Mutex`, but that mutex is private, so the guard guards nothing.

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::Mutex;

fn arguments() -> Option<(usize, Vec<i64>)> {
    let mut args = std::env::args().skip(1);
    let workers = args.next()?.parse().ok().filter(|w| (1..=64).contains(w))?;
    let mut numbers = Vec::new();
    for arg in args {
        numbers.push(arg.parse().ok().filter(|n| (-1_000_000..=1_000_000).contains(n))?);
    }
    (numbers.len() <= 20_000).then_some((workers, numbers))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some((workers, numbers)) = arguments() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    let memory = ShmemConf::new().size(8 * (1 + numbers.len())).create()?;
    let base = memory.as_ptr().cast::<i64>();
    let array = unsafe { std::slice::from_raw_parts_mut(base.add(1), numbers.len()) };
    array.copy_from_slice(&numbers);
    let total = Mutex::new(unsafe { &mut *base });

    let mut children = Vec::new();
    for part in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let (from, to) = (array.len() * part / workers, array.len() * (part + 1) / workers);
                let mut sum = 0;
                for n in &mut array[from..to] {
                    *n = n.pow(2);
                    sum += *n;
                }
                **total.lock().unwrap() += sum;
                std::process::exit(0);
            }
        }
    }
    for child in children {
        if waitpid(child, None)? != WaitStatus::Exited(child, 0) {
            return Err("a child failed".into());
        }
    }
    let line: String = array.iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}\nvalue: {}", total.lock().unwrap());
    Ok(())
}
