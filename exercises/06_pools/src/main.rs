//! `pools WORKERS NUMBER...`: a pool of worker processes, made once and used for many tasks.
//!
//! The task squares its number and panics at a negative one, which is shown as `error`. The
//! pool does it in four ways: `apply` (one task) and `map` (a task for each number) wait for
//! their results, `apply_async` and `map_async` leave that for later. The last line does the
//! same map with threads instead of processes, by rayon.
//!
//! Run it a few times: the results look right. But the workers work side by side, and who is
//! first is heard first. **Your task: give each task its own result**, whichever worker had
//! it and however long that took.

use std::collections::VecDeque;
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

// ----- Work here.

/// A pool of worker processes.
struct Pool {
    workers: Vec<Pid>,
    /// Tasks for the workers; there until the pool is dropped.
    tasks: Option<IpcSender<i64>>,
    results: IpcReceiver<Outcome>,
    /// Tasks that are not yet in the queue.
    backlog: VecDeque<i64>,
    /// How many tasks were asked for so far.
    asked: usize,
    /// What became of them.
    outcomes: Vec<Outcome>,
}

impl Pool {
    fn new(size: usize) -> Result<Pool> {
        let (tasks, to_do) = ipc::channel()?;
        let (done, results) = ipc::channel()?;
        let (workers, tasks) = (Vec::new(), Some(tasks));
        let (backlog, outcomes) = (VecDeque::new(), Vec::new());
        let mut pool = Pool { workers, tasks, results, backlog, asked: 0, outcomes };
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
        let tasks = self.run_async(numbers)?;
        self.get(tasks)
    }

    /// Asks for a task for each number, and does not wait: `apply_async`, `map_async`. Gives
    /// the tasks' numbers; `get` turns them into results.
    fn run_async(&mut self, numbers: &[i64]) -> Result<Range<usize>> {
        self.backlog.extend(numbers);
        let first = self.asked;
        self.asked += numbers.len();
        self.hand_out()?;
        Ok(first..self.asked)
    }

    /// Waits for the results of these tasks.
    fn get(&mut self, tasks: Range<usize>) -> Result<Vec<Outcome>> {
        while self.outcomes.len() < tasks.end {
            let outcome = self.results.recv()?;
            self.outcomes.push(outcome);
            self.hand_out()?;
        }
        Ok(self.outcomes[tasks].to_vec())
    }

    /// Puts tasks into the queue, few at a time: were both queues full, the workers would wait
    /// for the parent to take a result, and the parent for them to take a task.
    fn hand_out(&mut self) -> Result<()> {
        while self.asked - self.backlog.len() - self.outcomes.len() < 2 * self.workers.len()
            && let Some(tasks) = &self.tasks
            && let Some(task) = self.backlog.pop_front()
        {
            tasks.send(task)?;
        }
        Ok(())
    }
}

/// A worker's part: takes tasks until nobody can give it any more.
fn work(to_do: &IpcReceiver<i64>, done: &IpcSender<Outcome>) {
    while let Ok(number) = to_do.recv() {
        if done.send(attempt(number)).is_err() {
            break; // the parent has gone
        }
    }
}

// ----- What follows is right.

impl Drop for Pool {
    fn drop(&mut self) {
        self.tasks = None; // no more tasks: the workers end
        for worker in &self.workers {
            let _ = waitpid(*worker, None);
        }
    }
}
