//! The reference solution of `pools`: worker processes that are made once and take one task
//! after another from a queue. Results come back in any order, so each carries the number of
//! its task.

use std::collections::{HashMap, VecDeque};
use std::env;
use std::error::Error;
use std::ops::Range;
use std::panic;
use std::process::{self, ExitCode};

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let Some((workers, numbers)) = arguments() else {
        eprintln!("usage: pools WORKERS NUMBER...");
        return Ok(ExitCode::from(2));
    };
    run(workers, &numbers)?;
    Ok(ExitCode::SUCCESS)
}

/// The arguments, where they are numbers that make sense.
fn arguments() -> Option<(usize, Vec<i64>)> {
    let numbers: Option<Vec<i64>> = env::args_os().skip(1).map(|text| text.to_str()?.parse().ok()).collect();
    match numbers?.split_first()? {
        (workers @ 1..=64, numbers @ [_, ..]) if numbers.iter().all(|n| n.unsigned_abs() <= 1_000_000) => {
            Some((*workers as usize, numbers.to_vec()))
        }
        _ => None,
    }
}

fn run(workers: usize, numbers: &[i64]) -> Result<()> {
    let first = &numbers[..1];
    let mut pool = Pool::new(workers)?;
    show("apply", &pool.run(first)?);
    show("map", &pool.run(numbers)?);
    // Both are on their way before either result is taken.
    let one = pool.run_async(first)?;
    let all = pool.run_async(numbers)?;
    show("apply_async", &pool.get(one)?);
    show("map_async", &pool.get(all)?);
    drop(pool);

    // Threads only now: a process should have one thread when it forks.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(workers).build()?;
    let outcomes: Vec<Outcome> = threads.install(|| numbers.par_iter().map(|n| attempt(*n)).collect());
    show("rayon", &outcomes);
    Ok(())
}

fn show(method: &str, outcomes: &[Outcome]) {
    let word = |outcome: &Outcome| outcome.map_or("error".into(), |square| square.to_string());
    let words: Vec<String> = outcomes.iter().map(word).collect();
    println!("{method} = {}", words.join(" "));
}

/// The task.
fn square(number: i64) -> i64 {
    assert!(number >= 0, "{number} is negative");
    number * number
}

/// What becomes of a task: its result, or nothing if it panicked.
type Outcome = Option<i64>;

/// Does the task, and survives its panic.
fn attempt(number: i64) -> Outcome {
    panic::catch_unwind(|| square(number)).ok()
}

/// A task with its number, and what became of the task with that number.
type Task = (usize, i64);
type Answer = (usize, Outcome);

/// A pool of worker processes.
struct Pool {
    workers: Vec<Pid>,
    /// Tasks for the workers; there until the pool is dropped.
    tasks: Option<IpcSender<Task>>,
    results: IpcReceiver<Answer>,
    /// How many tasks were asked for so far.
    asked: usize,
    /// Those of them that are not yet in the queue.
    backlog: VecDeque<Task>,
    /// How many are in the queue or with a worker.
    under_way: usize,
    /// Results that nobody has taken yet.
    outcomes: HashMap<usize, Outcome>,
}

/// The tasks of one call, by their numbers: `get` turns it into their results.
type Promise = Range<usize>;

impl Pool {
    fn new(size: usize) -> Result<Pool> {
        let (tasks, to_do) = ipc::channel()?;
        let (done, results) = ipc::channel()?;
        let (workers, tasks) = (Vec::new(), Some(tasks));
        let (backlog, outcomes) = (VecDeque::new(), HashMap::new());
        let mut pool = Pool { workers, tasks, results, asked: 0, backlog, under_way: 0, outcomes };
        for _ in 0..size {
            // SAFETY: this process has one thread, so the child finds no lock held by another.
            match unsafe { fork() }? {
                ForkResult::Parent { child } => pool.workers.push(child),
                ForkResult::Child => {
                    pool.tasks = None; // or the worker would wait for itself to give it tasks
                    work(&to_do, &done);
                    process::exit(0);
                }
            }
        }
        Ok(pool)
    }

    /// Does a task for each number: `apply` for one, `map` for many.
    fn run(&mut self, numbers: &[i64]) -> Result<Vec<Outcome>> {
        let promise = self.run_async(numbers)?;
        self.get(promise)
    }

    /// Asks for a task for each number, and does not wait: `apply_async`, `map_async`.
    fn run_async(&mut self, numbers: &[i64]) -> Result<Promise> {
        let promise = self.asked..self.asked + numbers.len();
        self.backlog.extend(promise.clone().zip(numbers.iter().copied()));
        self.asked = promise.end;
        self.hand_out()?;
        Ok(promise)
    }

    /// Waits for the results of a call.
    fn get(&mut self, promise: Promise) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for task in promise {
            while !self.outcomes.contains_key(&task) {
                let (done, outcome) = self.results.recv()?; // of whichever task it is
                self.outcomes.insert(done, outcome);
                self.under_way -= 1;
                self.hand_out()?;
            }
            outcomes.extend(self.outcomes.remove(&task));
        }
        Ok(outcomes)
    }

    /// Puts tasks into the queue, few at a time: were both queues full, the workers would wait
    /// for the parent to take a result, and the parent for them to take a task.
    fn hand_out(&mut self) -> Result<()> {
        while self.under_way < 2 * self.workers.len()
            && let Some(tasks) = &self.tasks
            && let Some(task) = self.backlog.pop_front()
        {
            tasks.send(task)?;
            self.under_way += 1;
        }
        Ok(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.tasks = None; // no more tasks: the workers end
        for worker in &self.workers {
            let _ = waitpid(*worker, None);
        }
    }
}

/// A worker's part: takes tasks until nobody can give it any more.
fn work(to_do: &IpcReceiver<Task>, done: &IpcSender<Answer>) {
    while let Ok((task, number)) = to_do.recv() {
        if done.send((task, attempt(number))).is_err() {
            break; // the parent has gone
        }
    }
}
