//! Right: the workers are the program itself, executed again. Tasks and results are lines of
//! text; the parent deals tasks round by round, one to each worker, and takes the answers in
//! the same order.

use rayon::prelude::*;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio, exit};

struct Worker {
    child: Child,
    tasks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

fn spawn() -> std::io::Result<Worker> {
    let mut child = Command::new(env::current_exe()?)
        .arg("worker")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let tasks = child.stdin.take();
    let answers = BufReader::new(child.stdout.take().unwrap());
    Ok(Worker { child, tasks, answers })
}

fn f(x: i64) -> i64 {
    assert!(!x.is_negative(), "negative: {x}");
    x.pow(2)
}

fn safe(x: i64) -> String {
    match std::panic::catch_unwind(|| f(x)) {
        Ok(y) => y.to_string(),
        Err(_) => "error".into(),
    }
}

fn work() {
    for line in std::io::stdin().lock().lines() {
        println!("{}", safe(line.unwrap().parse().unwrap()));
    }
}

/// Gives out the tasks of one round, and says how many there were.
fn give(workers: &mut [Worker], numbers: &[i64]) -> usize {
    for (worker, number) in workers.iter_mut().zip(numbers) {
        let line = format!("{number}\n");
        worker.tasks.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }
    numbers.len().min(workers.len())
}

fn collect(workers: &mut [Worker], count: usize, results: &mut Vec<String>) {
    for worker in &mut workers[..count] {
        let mut line = String::new();
        worker.answers.read_line(&mut line).unwrap();
        results.push(line.trim().to_string());
    }
}

fn map(workers: &mut [Worker], numbers: &[i64]) -> String {
    let mut results = Vec::new();
    for round in numbers.chunks(workers.len()) {
        let given = give(workers, round);
        collect(workers, given, &mut results);
    }
    results.join(" ")
}

fn main() {
    let args: Vec<String> = env::args().skip(1).collect();
    if args == ["worker"] {
        return work();
    }
    let usage = || -> ! {
        eprintln!("usage: pools WORKERS NUMBER...");
        exit(2)
    };
    if args.len() < 2 {
        usage();
    }
    let size = args[0].parse::<usize>().unwrap_or(0);
    let numbers: Result<Vec<i64>, _> = args[1..].iter().map(|a| a.parse::<i64>()).collect();
    let Ok(numbers) = numbers else { usage() };
    if size == 0 || size > 64 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        usage()
    }

    let mut workers: Vec<Worker> = (0..size).map(|_| spawn().unwrap()).collect();
    println!("apply = {}", map(&mut workers, &numbers[..1]));
    println!("map = {}", map(&mut workers, &numbers));

    // The first round of the async calls: the one task, and as many of the map as fit.
    let mut first = vec![numbers[0]];
    first.extend(numbers.iter().take(size - 1));
    let given = give(&mut workers, &first);
    let mut results = Vec::new();
    collect(&mut workers, given, &mut results);
    println!("apply_async = {}", results.remove(0));
    let rest = map(&mut workers, &numbers[results.len()..]);
    results.push(rest);
    println!("map_async = {}", results.join(" ").trim_end());

    for worker in &mut workers {
        worker.tasks = None;
        worker.child.wait().unwrap();
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<String> = threads.install(|| numbers.par_iter().map(|n| safe(*n)).collect());
    println!("rayon = {}", squares.join(" "));
}
