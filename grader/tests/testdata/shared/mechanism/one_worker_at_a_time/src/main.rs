//! Wrong: each worker is waited for before the next is started, so nothing ever happens at the same time.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Shared<'a> {
    value: &'a mut i64,
    array: &'a mut [i64],
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<i64>());
    let workers = match args.next() {
        Some(Ok(w)) if w >= 1 && w <= 64 => w as usize,
        _ => usage(),
    };
    let Ok(numbers) = args.collect::<Result<Vec<i64>, _>>() else { usage() };
    if numbers.len() > 20_000 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        usage()
    }

    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    let words = unsafe { std::slice::from_raw_parts_mut(memory.as_ptr().cast::<i64>(), numbers.len() + 1) };
    let (value, array) = words.split_first_mut().unwrap();
    array.copy_from_slice(&numbers);
    let shared = Shared { value, array };

    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => {
                waitpid(child, None).unwrap(); // join
            }
            ForkResult::Child => {
                for n in shared.array.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    *shared.value += *n; // nobody else is there
                }
                std::process::exit(0);
            }
        }
    }
    let text: String = shared.array.iter().map(|n| format!(" {n}")).collect();
    println!("array:{text}\nvalue: {}", shared.value);
}

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}
