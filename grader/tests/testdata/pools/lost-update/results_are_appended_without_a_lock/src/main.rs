//! Wrong: tasks are claimed with `fetch_add`, as they should be, but the results are appended to
//! a list in shared memory whose length every worker reads and writes without a lock. Two that
//! read the same length write to the same place.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::catch_unwind;
use std::process::exit;
use std::sync::atomic::{AtomicUsize, Ordering};

const MOST: usize = 20_001;
const ERROR: i64 = -1;

#[repr(C)]
struct Board {
    numbers: [i64; MOST],
    asked: usize,
    next: AtomicUsize,
    /// (number of the task, result): so many as `length` says
    results: [(usize, i64); MOST],
    length: usize,
}

fn square(n: i64) -> i64 {
    catch_unwind(|| {
        assert!(n >= 0, "{n} is negative");
        n * n
    })
    .unwrap_or(ERROR)
}

unsafe fn work(board: *mut Board, mut go: PipeReader, mut done: PipeWriter) {
    while go.read_exact(&mut [0]).is_ok() {
        loop {
            let task = unsafe { (*board).next.fetch_add(1, Ordering::SeqCst) };
            if task >= unsafe { (*board).asked } {
                break;
            }
            let result = square(unsafe { (*board).numbers[task] });
            unsafe {
                let place = (*board).length;
                (*board).results[place] = (task, result);
                (*board).length = place + 1;
            }
        }
        done.write_all(b"d").unwrap();
    }
}

struct Pool {
    workers: Vec<Pid>,
    board: *mut Board,
    go: PipeWriter,
    done: PipeReader,
}

impl Pool {
    fn new(size: usize) -> Pool {
        let board = unsafe {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
            libc::mmap(std::ptr::null_mut(), size_of::<Board>(), protection, flags, -1, 0) as *mut Board
        };
        let (its_go, go) = pipe().unwrap();
        let (done, its_done) = pipe().unwrap();
        let mut workers = vec![];
        for _ in 0..size {
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    drop((go, done));
                    unsafe { work(board, its_go, its_done) };
                    exit(0);
                }
                ForkResult::Parent { child } => workers.push(child),
            }
        }
        Pool { workers, board, go, done }
    }

    fn map(&mut self, numbers: &[i64]) -> Vec<i64> {
        let mut squares = vec![ERROR; numbers.len()];
        unsafe {
            for (task, &number) in numbers.iter().enumerate() {
                (*self.board).numbers[task] = number;
            }
            (*self.board).asked = numbers.len();
            (*self.board).length = 0;
            (*self.board).next.store(0, Ordering::SeqCst);
            let all = vec![b'g'; self.workers.len()];
            self.go.write_all(&all).unwrap();
            self.done.read_exact(&mut vec![0; all.len()]).unwrap();
            for place in 0..(*self.board).length {
                let (task, square) = (*self.board).results[place];
                squares[task] = square;
            }
        }
        squares
    }
}

fn show(name: &str, squares: &[i64]) {
    let words: Vec<String> =
        squares.iter().map(|&s| if s == ERROR { "error".to_string() } else { s.to_string() }).collect();
    println!("{name} = {}", words.join(" "));
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    let allowed = |n: &i64| (-1_000_000..=1_000_000).contains(n);
    if args.len() < 2 || args.len() > MOST || !(1..=64).contains(&args[0]) || !args[1..].iter().all(allowed) {
        eprintln!("usage: pools WORKERS NUMBER...");
        exit(2);
    }
    let (size, numbers) = (args[0] as usize, &args[1..]);
    let mut pool = Pool::new(size);
    show("apply", &pool.map(&numbers[..1]));
    show("map", &pool.map(numbers));
    // both on their way: the one task is the first of the list
    let both = pool.map(&[&numbers[..1], numbers].concat());
    show("apply_async", &both[..1]);
    show("map_async", &both[1..]);
    drop(pool.go);
    for worker in pool.workers {
        waitpid(worker, None).unwrap();
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<i64> = threads.install(|| numbers.par_iter().map(|n| square(*n)).collect());
    show("rayon", &squares);
}
