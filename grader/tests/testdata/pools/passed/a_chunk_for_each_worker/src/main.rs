//! Right: `map` cuts the numbers into one chunk for each worker and sends each chunk whole. Each
//! worker has its own channels, so results are in order without numbers on them.

use ipc_channel::ipc::{IpcReceiver, IpcSender, channel};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Worker {
    pid: Pid,
    tasks: IpcSender<Option<Vec<i64>>>,
    results: IpcReceiver<Vec<Option<i64>>>,
}

/// The calls whose results have not been taken: which workers have a chunk of it.
struct Pending(Vec<usize>);

fn one(number: i64) -> Option<i64> {
    catch_unwind(AssertUnwindSafe(|| if number < 0 { panic!("negative") } else { number * number })).ok()
}

fn hire() -> Worker {
    let (tasks, chunks) = channel::<Option<Vec<i64>>>().unwrap();
    let (answers, results) = channel().unwrap();
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            while let Some(chunk) = chunks.recv().unwrap() {
                answers.send(chunk.into_iter().map(one).collect::<Vec<_>>()).unwrap();
            }
            std::process::exit(0)
        }
        ForkResult::Parent { child } => Worker { pid: child, tasks, results },
    }
}

fn map_async(pool: &[Worker], numbers: &[i64]) -> Pending {
    let size = numbers.len().div_ceil(pool.len());
    let mut busy = vec![];
    for (who, chunk) in numbers.chunks(size).enumerate() {
        pool[who].tasks.send(Some(chunk.to_vec())).unwrap();
        busy.push(who);
    }
    Pending(busy)
}

fn get(pool: &[Worker], pending: Pending) -> String {
    let mut words = vec![];
    for who in pending.0 {
        for result in pool[who].results.recv().unwrap() {
            words.push(result.map_or("error".to_owned(), |r| r.to_string()));
        }
    }
    words.join(" ")
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((size, numbers)) = check(&args) else {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2)
    };
    let pool: Vec<Worker> = (0..size).map(|_| hire()).collect();
    println!("apply = {}", get(&pool, map_async(&pool, &numbers[..1])));
    println!("map = {}", get(&pool, map_async(&pool, &numbers)));
    // A worker answers in the order in which it was asked: the one task first, then its chunk.
    let one_task = map_async(&pool, &numbers[..1]);
    let many = map_async(&pool, &numbers);
    println!("apply_async = {}", get(&pool, one_task));
    println!("map_async = {}", get(&pool, many));
    for worker in &pool {
        worker.tasks.send(None).unwrap();
        waitpid(worker.pid, None).unwrap();
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<Option<i64>> = threads.install(|| numbers.par_iter().map(|&n| one(n)).collect());
    let words: Vec<String> = squares.iter().map(|s| s.map_or("error".into(), |s| s.to_string())).collect();
    println!("rayon = {}", words.join(" "));
}

fn check(args: &[String]) -> Option<(usize, Vec<i64>)> {
    let size = args.first()?.parse().ok().filter(|s| (1..=64).contains(s))?;
    let mut numbers = vec![];
    for arg in &args[1..] {
        let n: i64 = arg.parse().ok()?;
        if n < -1_000_000 || n > 1_000_000 {
            return None;
        }
        numbers.push(n);
    }
    if numbers.is_empty() { None } else { Some((size, numbers)) }
}
