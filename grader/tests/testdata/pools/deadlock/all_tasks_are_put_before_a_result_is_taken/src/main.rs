//! Wrong: `map` puts all its tasks before it takes the first result. With many numbers both pairs
//! of sockets are full at once: the workers wait for room for a result, the parent for a task.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::catch_unwind;
use std::process::exit;

const ERROR: i64 = -1;

fn square(number: i64) -> i64 {
    if number < 0 {
        panic!("{number} is negative");
    }
    number * number
}

fn attempt(number: i64) -> i64 {
    catch_unwind(|| square(number)).unwrap_or(ERROR)
}

fn put(to: &mut UnixStream, task: usize, value: i64) {
    to.write_all(&[task.to_le_bytes(), value.to_le_bytes()].concat()).unwrap();
}

fn take(from: &mut UnixStream) -> Option<(usize, i64)> {
    let mut words = [[0; 8]; 2];
    from.read_exact(words.as_flattened_mut()).ok()?;
    Some((usize::from_le_bytes(words[0]), i64::from_le_bytes(words[1])))
}

struct Pool {
    workers: Vec<Pid>,
    tasks: UnixStream,
    results: UnixStream,
    numbers: Vec<i64>,
    squares: Vec<Option<i64>>,
    sent: usize,
    received: usize,
}

impl Pool {
    fn new(size: usize) -> Pool {
        let (mut to_do, tasks) = UnixStream::pair().unwrap();
        let (results, mut done) = UnixStream::pair().unwrap();
        let mut workers = Vec::new();
        for _ in 0..size {
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    drop(tasks);
                    drop(results);
                    while let Some((task, number)) = take(&mut to_do) {
                        put(&mut done, task, attempt(number));
                    }
                    exit(0);
                }
                ForkResult::Parent { child } => workers.push(child),
            }
        }
        Pool { workers, tasks, results, numbers: vec![], squares: vec![], sent: 0, received: 0 }
    }

    fn give(&mut self) {
        while self.sent < self.numbers.len() {
            put(&mut self.tasks, self.sent, self.numbers[self.sent]);
            self.sent += 1;
        }
    }

    fn map_async(&mut self, numbers: &[i64]) -> (usize, usize) {
        let from = self.numbers.len();
        self.numbers.extend(numbers);
        self.squares.resize(self.numbers.len(), None);
        self.give();
        (from, self.numbers.len())
    }

    fn get(&mut self, (from, to): (usize, usize)) -> Vec<i64> {
        for task in from..to {
            while self.squares[task].is_none() {
                let (task, square) = take(&mut self.results).expect("a result");
                self.squares[task] = Some(square);
                self.received += 1;
                self.give();
            }
        }
        self.squares[from..to].iter().map(|square| square.unwrap()).collect()
    }

    fn close(self) {
        drop(self.tasks);
        for worker in self.workers {
            waitpid(worker, None).unwrap();
        }
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
    if args.len() < 2 || !(1..=64).contains(&args[0]) || !args[1..].iter().all(allowed) {
        eprintln!("usage: pools WORKERS NUMBER...");
        exit(2);
    }
    let (size, numbers) = (args[0] as usize, &args[1..]);
    let mut pool = Pool::new(size);
    let one = pool.map_async(&numbers[..1]);
    show("apply", &pool.get(one));
    let all = pool.map_async(numbers);
    show("map", &pool.get(all));
    let one = pool.map_async(&numbers[..1]);
    let all = pool.map_async(numbers);
    show("apply_async", &pool.get(one));
    show("map_async", &pool.get(all));
    pool.close();
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<i64> = threads.install(|| numbers.par_iter().map(|&n| attempt(n)).collect());
    show("rayon", &squares);
}
