//! Wrong: a struct with a `Vec` lies in shared memory; only the pointer is shared, the numbers it points to are each process's own.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::atomic::{AtomicI64, Ordering};

struct Shared {
    numbers: Vec<i64>,
    total: AtomicI64,
}

fn parse(args: &[String]) -> Result<(usize, Vec<i64>), String> {
    let workers = args.first().ok_or("no workers")?.parse::<usize>().map_err(|e| e.to_string())?;
    if workers < 1 || workers > 64 {
        return Err("workers".into());
    }
    let numbers = args[1..].iter().map(|a| a.parse::<i64>()).collect::<Result<Vec<_>, _>>().map_err(|e| e.to_string())?;
    if numbers.len() > 20_000 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        return Err("numbers".into());
    }
    Ok((workers, numbers))
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Ok((workers, numbers)) = parse(&args) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2)
    };
    let memory = ShmemConf::new().size(size_of::<Shared>()).create().expect("shared memory");
    let shared: *mut Shared = memory.as_ptr().cast();
    unsafe { shared.write(Shared { numbers, total: AtomicI64::new(0) }) };

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let Shared { numbers, total } = unsafe { &mut *shared };
                let mut sum = 0;
                for n in numbers.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    sum += *n;
                }
                total.fetch_add(sum, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    let shared = unsafe { &*shared };
    let line: String = shared.numbers.iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}");
    println!("value: {}", shared.total.load(Ordering::SeqCst));
}
