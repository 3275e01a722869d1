//! Right: the workers never end by themselves; when all results are there the parent terminates
//! them, as Python's pool does, and waits for them.

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::panic::catch_unwind;

const PARTS: usize = 2;
type Record = [[u8; 8]; PARTS];

fn record(task: usize, value: i64) -> Record {
    [(task as u64).to_ne_bytes(), value.to_ne_bytes()]
}

fn square(x: i64) -> i64 {
    let answer = catch_unwind(|| {
        assert!(x >= 0, "{x} is less than nothing");
        x * x
    });
    answer.unwrap_or(i64::MIN)
}

/// Sixteen bytes are written at once and read at once, whoever else does the same.
fn work(mut tasks: PipeReader, mut results: PipeWriter) -> ! {
    loop {
        let mut task = Record::default();
        tasks.read_exact(task.as_flattened_mut()).unwrap();
        let answer = record(u64::from_ne_bytes(task[0]) as usize, square(i64::from_ne_bytes(task[1])));
        results.write_all(answer.as_flattened()).unwrap();
    }
}

struct Pool {
    workers: Vec<Pid>,
    tasks: PipeWriter,
    results: PipeReader,
}

impl Pool {
    fn start(size: usize) -> std::io::Result<Pool> {
        let (child_tasks, tasks) = pipe()?;
        let (results, child_results) = pipe()?;
        let mut workers = Vec::new();
        for _ in 0..size {
            match unsafe { fork() }? {
                ForkResult::Parent { child } => workers.push(child),
                ForkResult::Child => work(child_tasks, child_results),
            }
        }
        Ok(Pool { workers, tasks, results })
    }

    /// Several lists at once: with one list it is `map`, with one number in it `apply`.
    fn run(&mut self, lists: &[&[i64]]) -> std::io::Result<Vec<Vec<i64>>> {
        let numbers = lists.concat();
        let mut squares = vec![0; numbers.len()];
        let (mut sent, mut got) = (0, 0);
        while got < numbers.len() {
            // never more on the way than a pipe holds
            while sent < numbers.len() && sent - got < 256 {
                self.tasks.write_all(record(sent, numbers[sent]).as_flattened())?;
                sent += 1;
            }
            let mut answer = Record::default();
            self.results.read_exact(answer.as_flattened_mut())?;
            squares[u64::from_ne_bytes(answer[0]) as usize] = i64::from_ne_bytes(answer[1]);
            got += 1;
        }
        let mut squares = squares.into_iter();
        Ok(lists.iter().map(|list| squares.by_ref().take(list.len()).collect()).collect())
    }

    fn terminate(self) {
        for worker in &self.workers {
            kill(*worker, Signal::SIGTERM).unwrap();
        }
        for worker in self.workers {
            waitpid(worker, None).unwrap();
        }
    }
}

fn show(name: &str, squares: &[i64]) {
    let words: Vec<_> =
        squares.iter().map(|s| if *s < 0 { String::from("error") } else { format!("{s}") }).collect();
    println!("{name} = {}", words.join(" "));
}

fn main() -> std::io::Result<()> {
    let args: Vec<Option<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let numbers: Vec<i64> = args.iter().skip(1).filter_map(|n| n.filter(|n| (-1000000..=1000000).contains(n))).collect();
    let size = match args.first() {
        Some(Some(size @ 1..=64)) if args.len() > 1 && numbers.len() + 1 == args.len() => *size as usize,
        _ => {
            eprintln!("usage: pools WORKERS NUMBER...");
            std::process::exit(2)
        }
    };
    let first = &numbers[..1];
    let mut pool = Pool::start(size)?;
    show("apply", &pool.run(&[first])?[0]);
    show("map", &pool.run(&[&numbers])?[0]);
    let both = pool.run(&[first, &numbers])?;
    show("apply_async", &both[0]);
    show("map_async", &both[1]);
    pool.terminate();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    show("rayon", &pool.install(|| numbers.par_iter().map(|n| square(*n)).collect::<Vec<_>>()));
    Ok(())
}
