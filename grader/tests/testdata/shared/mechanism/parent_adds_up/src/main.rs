//! Wrong: the workers square the shared array, but the parent adds up the total alone when they are gone.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let bad = || -> ! {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2)
    };
    let Some((first, rest)) = args.split_first() else { bad() };
    let Ok(workers @ 1..=64) = first.parse::<usize>() else { bad() };
    let mut numbers = vec![];
    for r in rest {
        match r.parse::<i64>() {
            Ok(n @ -1_000_000..=1_000_000) => numbers.push(n),
            _ => bad(),
        }
    }
    if numbers.len() > 20_000 {
        bad();
    }

    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    let total = memory.as_ptr().cast::<i64>();
    let array = unsafe { std::slice::from_raw_parts_mut(total.add(1), numbers.len()) };
    array.copy_from_slice(&numbers);
    let mut children = vec![];
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for i in (w..numbers.len()).step_by(workers) {
                    array[i] = array[i] * array[i];
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe { *total = array.iter().sum() };
    let line: String = array.iter().map(|n| format!(" {n}")).collect();
    println!("array:{line}");
    println!("value: {}", unsafe { *total });
}
