//! Right: numbers and results lie in named shared memory. A worker claims the next task with
//! `fetch_add`, which gives each task to one worker only. Semaphores wake the workers and say
//! when they are done. A place for a result that nobody fills stands for a panic.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use shared_memory::{Shmem, ShmemConf};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst};

const PANICKED: i64 = -1;

#[repr(C)]
struct Board {
    go: UnsafeCell<libc::sem_t>,
    done: UnsafeCell<libc::sem_t>,
    close: AtomicBool,
    /// the next task that nobody has claimed
    next: AtomicUsize,
    /// one past the last task that may be claimed
    end: AtomicUsize,
    numbers: [AtomicI64; 2 * 20_000 + 2],
    results: [AtomicI64; 2 * 20_000 + 2],
}

fn wait(semaphore: &UnsafeCell<libc::sem_t>) {
    while unsafe { libc::sem_wait(semaphore.get()) } == -1 {}
}

fn post(semaphore: &UnsafeCell<libc::sem_t>) {
    unsafe { libc::sem_post(semaphore.get()) };
}

fn square(n: i64) -> i64 {
    assert!(n >= 0, "{n} < 0");
    n * n
}

fn worker(board: &Board) {
    loop {
        wait(&board.go);
        if board.close.load(SeqCst) {
            return;
        }
        let end = board.end.load(SeqCst);
        loop {
            let task = board.next.fetch_add(1, SeqCst);
            if task >= end {
                break;
            }
            let number = board.numbers[task].load(SeqCst);
            if let Ok(result) = std::panic::catch_unwind(|| square(number)) {
                board.results[task].store(result, SeqCst);
            }
        }
        post(&board.done);
    }
}

struct Pool {
    memory: Shmem,
    workers: Vec<Pid>,
    asked: usize,
}

impl Pool {
    fn new(size: usize) -> Pool {
        let memory = ShmemConf::new().size(size_of::<Board>()).create().unwrap();
        let mut pool = Pool { memory, workers: vec![], asked: 0 };
        unsafe {
            libc::sem_init(pool.board().go.get(), 1, 0);
            libc::sem_init(pool.board().done.get(), 1, 0);
        }
        for _ in 0..size {
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    worker(pool.board());
                    // not `exit`: the parent alone gives the memory back
                    unsafe { libc::_exit(0) }
                }
                ForkResult::Parent { child } => pool.workers.push(child),
            }
        }
        pool
    }

    fn board(&self) -> &Board {
        unsafe { &*(self.memory.as_ptr() as *const Board) }
    }

    /// Writes the tasks down. The workers sleep meanwhile.
    fn ask(&mut self, numbers: &[i64]) -> std::ops::Range<usize> {
        let first = self.asked;
        for &number in numbers {
            self.board().numbers[self.asked].store(number, SeqCst);
            self.board().results[self.asked].store(PANICKED, SeqCst);
            self.asked += 1;
        }
        first..self.asked
    }

    /// Lets the workers do all that was asked for.
    fn run(&mut self) {
        let board = self.board();
        let start = board.end.load(SeqCst);
        board.next.store(start, SeqCst);
        board.end.store(self.asked, SeqCst);
        self.workers.iter().for_each(|_| post(&board.go));
        self.workers.iter().for_each(|_| wait(&board.done));
    }

    fn results(&self, tasks: std::ops::Range<usize>) -> Vec<i64> {
        self.board().results[tasks].iter().map(|r| r.load(SeqCst)).collect()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.board().close.store(true, SeqCst);
        self.workers.iter().for_each(|_| post(&self.board().go));
        for worker in &self.workers {
            waitpid(*worker, None).unwrap();
        }
    }
}

fn show(name: &str, results: &[i64]) {
    print!("{name} =");
    for result in results {
        if *result == PANICKED {
            print!(" error");
        } else {
            print!(" {result}");
        }
    }
    println!();
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let size: Option<usize> = args.get(1).and_then(|a| a.parse().ok()).filter(|n| (1..=64).contains(n));
    let numbers: Vec<i64> = args.iter().skip(2).filter_map(|a| a.parse().ok()).collect();
    let fits = |n: &i64| (-1_000_000..=1_000_000).contains(n);
    let (Some(size), true) = (size, args.len() > 2 && numbers.len() == args.len() - 2 && numbers.iter().all(fits)) else {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    };
    let mut pool = Pool::new(size);
    let apply = pool.ask(&numbers[..1]);
    pool.run();
    show("apply", &pool.results(apply));
    let map = pool.ask(&numbers);
    pool.run();
    show("map", &pool.results(map));
    let apply = pool.ask(&numbers[..1]);
    let map = pool.ask(&numbers);
    pool.run();
    show("apply_async", &pool.results(apply));
    show("map_async", &pool.results(map));
    drop(pool);
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<i64> = threads
        .install(|| numbers.par_iter().map(|&n| std::panic::catch_unwind(|| square(n)).unwrap_or(PANICKED)).collect());
    show("rayon", &squares);
}
