//! Wrong: the workers are started and end at once; the parent fills in the shared array itself.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parsed: Option<Vec<i64>> = args.iter().map(|a| a.parse().ok()).collect();
    let (workers, numbers) = match parsed.as_deref() {
        Some([workers @ 1..=64, numbers @ ..]) if numbers.len() <= 20_000 && numbers.iter().all(|n| n.abs() <= 1_000_000) => {
            (*workers, numbers)
        }
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    let shared = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>(), numbers.len() + 1) };

    let mut children = Vec::new();
    for _ in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => std::process::exit(0),
        }
    }
    for (i, n) in numbers.iter().enumerate() {
        shared[i + 1] = n * n;
        shared[0] += n * n;
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let line: String = shared[1..].iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}");
    println!("value: {}", shared[0]);
}
