//! Wrong: `Arc<Mutex<...>>` shares between threads; after fork every process has its own, and the parent's stays as it was.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::{Arc, Mutex};

fn main() {
    let args: Vec<Option<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let Some(args) = args.into_iter().collect::<Option<Vec<i64>>>() else { usage() };
    if args.is_empty() || args[0] < 1 || args[0] > 64 || args.len() > 20_001 {
        usage();
    }
    let workers = args[0] as usize;
    let numbers = args[1..].to_vec();
    if numbers.iter().any(|n| !(-1_000_000..=1_000_000).contains(n)) {
        usage();
    }

    let length = numbers.len();
    let array = Arc::new(Mutex::new(numbers));
    let value = Arc::new(Mutex::new(0));

    let mut children = Vec::new();
    for w in 0..workers {
        let array = Arc::clone(&array);
        let value = Arc::clone(&value);
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for i in (w..length).step_by(workers) {
                    let mut array = array.lock().unwrap();
                    array[i] *= array[i];
                    *value.lock().unwrap() += array[i];
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let text: Vec<String> = array.lock().unwrap().iter().map(|n| n.to_string()).collect();
    println!("array: {}", text.join(" "));
    println!("value: {}", value.lock().unwrap());
}

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}
