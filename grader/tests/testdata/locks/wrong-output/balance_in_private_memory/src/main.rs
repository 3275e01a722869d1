//! Wrong: lock and operations are shared, but the balance is an ordinary variable that each child has a copy of.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Shared {
    lock: libc::sem_t,
    operations: i64,
    inconsistent: i64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() != 3 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let (Ok(workers @ 1..=64), Ok(deposits @ 0..=1_000_000)) = (args[1].parse::<i32>(), args[2].parse::<i32>()) else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };

    let mut balance: i64 = 0;
    let memory = ShmemConf::new().size(size_of::<Shared>()).create().unwrap();
    let shared = memory.as_ptr() as *mut Shared;
    unsafe { libc::sem_init(&raw mut (*shared).lock, 1, 1) };

    let mut children = Vec::new();
    for i in 0..=workers {
        match unsafe { fork().unwrap() } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                for _ in 0..deposits {
                    while libc::sem_wait(&raw mut (*shared).lock) != 0 {}
                    if i < workers {
                        balance += 10;
                        (*shared).operations += 1;
                    } else if balance != 10 * (*shared).operations {
                        (*shared).inconsistent += 1;
                    }
                    libc::sem_post(&raw mut (*shared).lock);
                }
                std::process::exit(0)
            },
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {balance}");
        println!("operations: {}", (*shared).operations);
        println!("inconsistent audits: {}", (*shared).inconsistent);
    }
}
