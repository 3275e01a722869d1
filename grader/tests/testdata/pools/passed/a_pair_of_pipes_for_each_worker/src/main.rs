//! Right: raw pipes, one pair for each worker. The parent gives a task to whoever is idle, waits
//! with `poll` for whoever is done, and remembers which task each worker has.

use nix::libc;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::collections::VecDeque;
use std::panic::catch_unwind;

const PANICKED: i64 = -1; // no square is negative

struct Worker {
    pid: i32,
    to: i32,
    from: i32,
    has: Option<usize>,
}

struct Pool {
    workers: Vec<Worker>,
    waiting: VecDeque<(usize, i64)>,
    results: Vec<Option<i64>>,
}

fn square(n: i64) -> i64 {
    if n < 0 {
        panic!("no square for {n}");
    }
    n * n
}

fn try_square(n: i64) -> i64 {
    catch_unwind(|| square(n)).unwrap_or(PANICKED)
}

unsafe fn read_word(fd: i32) -> Option<i64> {
    let mut word = 0i64;
    let n = unsafe { libc::read(fd, &raw mut word as *mut libc::c_void, 8) };
    (n == 8).then_some(word)
}

unsafe fn write_word(fd: i32, word: i64) {
    let n = unsafe { libc::write(fd, &raw const word as *const libc::c_void, 8) };
    assert_eq!(n, 8);
}

impl Pool {
    fn new(size: usize) -> Pool {
        let mut workers: Vec<Worker> = Vec::new();
        for _ in 0..size {
            let (mut task, mut result) = ([0; 2], [0; 2]);
            unsafe {
                assert_eq!(libc::pipe(task.as_mut_ptr()), 0);
                assert_eq!(libc::pipe(result.as_mut_ptr()), 0);
                let pid = libc::fork();
                assert!(pid >= 0);
                if pid == 0 {
                    // also the ends that belong to the workers made before
                    for other in &workers {
                        libc::close(other.to);
                        libc::close(other.from);
                    }
                    libc::close(task[1]);
                    libc::close(result[0]);
                    while let Some(n) = read_word(task[0]) {
                        write_word(result[1], try_square(n));
                    }
                    libc::_exit(0);
                }
                libc::close(task[0]);
                libc::close(result[1]);
                workers.push(Worker { pid, to: task[1], from: result[0], has: None });
            }
        }
        Pool { workers, waiting: VecDeque::new(), results: Vec::new() }
    }

    fn hand_out(&mut self) {
        for worker in self.workers.iter_mut().filter(|w| w.has.is_none()) {
            let Some((task, n)) = self.waiting.pop_front() else { return };
            unsafe { write_word(worker.to, n) };
            worker.has = Some(task);
        }
    }

    fn map_async(&mut self, numbers: &[i64]) -> std::ops::Range<usize> {
        let first = self.results.len();
        for &n in numbers {
            self.waiting.push_back((self.results.len(), n));
            self.results.push(None);
        }
        self.hand_out();
        first..self.results.len()
    }

    fn wait(&mut self, tasks: std::ops::Range<usize>) -> Vec<i64> {
        for task in tasks.clone() {
            while self.results[task].is_none() {
                let mut fds: Vec<libc::pollfd> = self
                    .workers
                    .iter()
                    .map(|w| libc::pollfd { fd: if w.has.is_some() { w.from } else { -1 }, events: libc::POLLIN, revents: 0 })
                    .collect();
                let n = unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, -1) };
                assert!(n > 0);
                for (worker, fd) in self.workers.iter_mut().zip(&fds) {
                    if fd.revents != 0 {
                        let result = unsafe { read_word(worker.from) }.expect("the worker has gone");
                        self.results[worker.has.take().unwrap()] = Some(result);
                    }
                }
                self.hand_out();
            }
        }
        self.results[tasks].iter().map(|r| r.unwrap()).collect()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for worker in &self.workers {
            unsafe {
                libc::close(worker.to);
                libc::waitpid(worker.pid, std::ptr::null_mut(), 0);
                libc::close(worker.from);
            }
        }
    }
}

fn print(name: &str, results: &[i64]) {
    let texts: Vec<String> =
        results.iter().map(|&r| if r == PANICKED { "error".to_string() } else { r.to_string() }).collect();
    println!("{} = {}", name, texts.join(" "));
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    if args.len() < 2 || args[0] < 1 || args[0] > 64 || args[1..].iter().any(|n| *n < -1_000_000 || *n > 1_000_000) {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    }
    let (size, numbers) = (args[0] as usize, &args[1..]);

    let mut pool = Pool::new(size);
    let apply = pool.map_async(&numbers[..1]);
    print("apply", &pool.wait(apply));
    let map = pool.map_async(numbers);
    print("map", &pool.wait(map));
    let apply = pool.map_async(&numbers[..1]);
    let map = pool.map_async(numbers);
    print("apply_async", &pool.wait(apply));
    print("map_async", &pool.wait(map));
    drop(pool);

    let pool = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let results: Vec<i64> = pool.install(|| numbers.par_iter().map(|&n| try_square(n)).collect());
    print("rayon", &results);
}
