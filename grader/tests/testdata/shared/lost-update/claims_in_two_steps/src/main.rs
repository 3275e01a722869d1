//! Wrong: a worker reads the next index and then writes back one more; two workers can get the same number and square it twice.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

#[repr(C)]
struct Shared {
    lock: libc::sem_t, // for the total
    total: i64,
    next: usize,
    numbers: [i64; 20_000],
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<i64> = args.iter().skip(1).flat_map(|a| a.parse::<i64>()).filter(|n| n.abs() <= 1_000_000).collect();
    let workers: usize = args.first().and_then(|w| w.parse().ok()).unwrap_or(0);
    if workers < 1 || workers > 64 || numbers.len() > 20_000 || numbers.len() + 1 != args.len() {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }

    let memory = ShmemConf::new().size(size_of::<Shared>()).create().expect("shared memory");
    let shared = memory.as_ptr().cast::<Shared>();
    unsafe {
        libc::sem_init(&raw mut (*shared).lock, 1, 1);
        for (i, n) in numbers.iter().enumerate() {
            (*shared).numbers[i] = *n;
        }
    }

    let mut children = vec![];
    for _ in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                let mut sum = 0;
                loop {
                    let mine = (*shared).next;
                    (*shared).next = mine + 1;
                    if mine >= numbers.len() {
                        break;
                    }
                    let number = &raw mut (*shared).numbers[mine];
                    *number = *number * *number;
                    sum += *number;
                }
                libc::sem_wait(&raw mut (*shared).lock);
                (*shared).total += sum;
                libc::sem_post(&raw mut (*shared).lock);
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    let shared = unsafe { &*shared };
    print!("array:");
    for n in &shared.numbers[..numbers.len()] {
        print!(" {n}");
    }
    print!("\nvalue: {}\n", shared.total);
}
