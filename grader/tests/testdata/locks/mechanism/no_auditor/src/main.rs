//! Wrong: the workers and their lock are right, but there is no auditor; its line is always zero.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: libc::sem_t,
    balance: i64,
    operations: i64,
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u32::MAX)).collect();
    if args.len() != 2 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };
    let mut children = vec![];
    for _ in 0..args[0] {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..args[1] {
                    unsafe {
                        libc::sem_wait(&raw mut (*account).lock);
                        (*account).balance += 10;
                        (*account).operations += 1;
                        libc::sem_post(&raw mut (*account).lock);
                    }
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
    }
    println!("inconsistent audits: 0");
}
