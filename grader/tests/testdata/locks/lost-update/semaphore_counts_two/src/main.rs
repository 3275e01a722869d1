//! Wrong: the semaphore starts at two, so two processes at a time are let through.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Semaphore(std::cell::UnsafeCell<libc::sem_t>);

impl Semaphore {
    fn init(&self, value: u32) {
        assert_eq!(unsafe { libc::sem_init(self.0.get(), 1, value) }, 0);
    }
    fn acquire(&self) {
        while unsafe { libc::sem_wait(self.0.get()) } != 0 {}
    }
    fn release(&self) {
        unsafe { libc::sem_post(self.0.get()) };
    }
}

struct Shared {
    semaphore: Semaphore,
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn parse(text: Option<String>, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    text?.parse().ok().filter(|n| range.contains(n))
}

fn main() {
    let mut args = std::env::args().skip(1);
    let workers = parse(args.next(), 1..=64);
    let deposits = parse(args.next(), 0..=1_000_000);
    let (Some(workers), Some(deposits), None) = (workers, deposits, args.next()) else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };

    let memory = ShmemConf::new().size(size_of::<Shared>()).create().unwrap();
    let shared = memory.as_ptr().cast::<Shared>();
    // one for those who write, one for the one who reads
    unsafe { (*shared).semaphore.init(2) };

    let mut children = Vec::new();
    for number in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    let shared = unsafe { &mut *shared };
                    shared.semaphore.acquire();
                    if number < workers {
                        shared.balance += 10;
                        shared.operations += 1;
                    } else if shared.balance != shared.operations * 10 {
                        shared.inconsistent += 1;
                    }
                    shared.semaphore.release();
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let shared = unsafe { &*shared };
    println!("balance: {}", shared.balance);
    println!("operations: {}", shared.operations);
    println!("inconsistent audits: {}", shared.inconsistent);
}
