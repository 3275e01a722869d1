//! Wrong: the parts are disjoint and right, but all workers do `+=` on the one total, and one sum overwrites another.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let parse = || -> Option<(usize, Vec<i64>)> {
        let w = args.get(1)?.parse().ok()?;
        let mut v = vec![];
        for a in &args[2..] {
            v.push(a.parse().ok()?);
        }
        (w >= 1 && w <= 64 && v.len() <= 20_000 && v.iter().all(|n: &i64| n.abs() <= 1_000_000)).then_some((w, v))
    };
    let Some((workers, numbers)) = parse() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };

    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().expect("create");
    let total = memory.as_ptr() as *mut i64;
    let array = unsafe { total.add(1) };
    for i in 0..numbers.len() {
        unsafe { *array.add(i) = numbers[i] };
    }

    let mut pids = vec![];
    for w in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for i in w * numbers.len() / workers..(w + 1) * numbers.len() / workers {
                    unsafe {
                        *array.add(i) = *array.add(i) * *array.add(i);
                        sum += *array.add(i);
                    }
                }
                unsafe { *total += sum };
                std::process::exit(0);
            }
        }
    }
    for pid in pids {
        waitpid(pid, None).expect("waitpid");
    }
    let squares: Vec<String> = (0..numbers.len()).map(|i| unsafe { *array.add(i) }.to_string()).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", unsafe { *total });
}
