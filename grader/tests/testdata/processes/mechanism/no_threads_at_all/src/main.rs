//! Wrong: the first half is done by the main thread alone, in a loop over the workers; only the children are real.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let w = args.get(1).and_then(|a| a.parse::<u32>().ok()).filter(|w| *w >= 1 && *w <= 64);
    let n = args.get(2).and_then(|a| a.parse::<u32>().ok()).filter(|n| *n <= 1_000_000);
    let (Some(w), Some(n), 3) = (w, n, args.len()) else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2)
    };
    let mut counter = 0u64;
    for _worker in 0..w {
        for _ in 0..n {
            counter += 1;
        }
    }
    println!("threads: counter {counter}");
    counter = 0;
    let mut pids = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                for _ in 0..n {
                    counter += 1;
                }
                println!("child {k}: counter {counter}");
                std::process::exit(0)
            }
        }
    }
    for pid in pids {
        waitpid(pid, None).unwrap();
    }
    println!("parent: counter {counter}");
}
