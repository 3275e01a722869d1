//! Right: after fork each child opens the shared memory again by its id, without owning it; only the parent removes the name.

use nix::libc;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::{Shmem, ShmemConf};

/// First word: a semaphore's worth of words; then the total; then the numbers.
const LOCK_WORDS: usize = size_of::<libc::sem_t>().div_ceil(8);

struct View<'a> {
    memory: &'a Shmem,
    length: usize,
}

impl View<'_> {
    fn lock(&self) -> *mut libc::sem_t {
        self.memory.as_ptr().cast()
    }
    fn total(&self) -> *mut i64 {
        unsafe { self.memory.as_ptr().cast::<i64>().add(LOCK_WORDS) }
    }
    fn number(&self, i: usize) -> *mut i64 {
        assert!(i < self.length);
        unsafe { self.total().add(1 + i) }
    }
}

fn work(id: &str, length: usize, first: usize, step: usize) {
    let memory = ShmemConf::new().os_id(id).open().expect("open");
    let view = View { memory: &memory, length };
    let mut sum = 0;
    for i in (first..length).step_by(step) {
        unsafe {
            *view.number(i) *= *view.number(i);
            sum += *view.number(i);
        }
    }
    unsafe {
        while libc::sem_wait(view.lock()) != 0 {}
        *view.total() += sum;
        libc::sem_post(view.lock());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let workers: Option<usize> = args.next().and_then(|a| a.parse().ok());
    let numbers: Option<Vec<i64>> = args.map(|a| a.parse::<i64>().ok().filter(|n| n.abs() <= 1_000_000)).collect();
    let (Some(workers @ 1..=64), Some(numbers)) = (workers, numbers) else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    if numbers.len() > 20_000 {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }

    let memory = ShmemConf::new().size((LOCK_WORDS + 1 + numbers.len()) * 8).create()?;
    let view = View { memory: &memory, length: numbers.len() };
    unsafe {
        libc::sem_init(view.lock(), 1, 1);
        for (i, n) in numbers.iter().enumerate() {
            view.number(i).write(*n);
        }
    }

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                work(memory.get_os_id(), numbers.len(), w, workers);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        if waitpid(child, None)? != WaitStatus::Exited(child, 0) {
            return Err("a worker failed".into());
        }
    }
    let squares: Vec<String> = (0..numbers.len()).map(|i| unsafe { view.number(i).read() }.to_string()).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", unsafe { *view.total() });
    Ok(())
}
