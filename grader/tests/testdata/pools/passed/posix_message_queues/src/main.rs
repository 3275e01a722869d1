//! Right: two POSIX message queues, whose names are gone as soon as they are open. A message
//! queue holds ten messages here, so no more than eight tasks are on their way at once.

use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::stat::Mode;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use rayon::prelude::*;
use std::panic;

fn queue(name: &str) -> MqdT {
    let name = format!("/pools-{name}-{}", std::process::id());
    let how = MQ_OFlag::O_RDWR | MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL;
    let queue = mq_open(name.as_str(), how, Mode::from_bits_truncate(0o600), Some(&MqAttr::new(0, 10, 16, 0)));
    mq_unlink(name.as_str()).unwrap();
    queue.unwrap()
}

fn send(queue: &MqdT, id: usize, value: i64) {
    let message = [id.to_le_bytes(), value.to_le_bytes()].concat();
    mq_send(queue, &message, 0).unwrap();
}

/// Nothing for an empty message, which says that there are no more.
fn receive(queue: &MqdT) -> Option<(usize, i64)> {
    let mut message = [0; 16];
    let size = mq_receive(queue, &mut message, &mut 0).unwrap();
    let id = usize::from_le_bytes(message[..8].try_into().unwrap());
    let value = i64::from_le_bytes(message[8..].try_into().unwrap());
    (size == 16).then_some((id, value))
}

fn square(n: i64) -> i64 {
    panic::catch_unwind(|| n.checked_mul(n).filter(|_| n >= 0).unwrap()).unwrap_or(-1)
}

struct Pool {
    tasks: MqdT,
    results: MqdT,
    /// all numbers so far; the place of a number is the task's id
    numbers: Vec<i64>,
    squares: Vec<Option<i64>>,
    sent: usize,
    got: usize,
}

impl Pool {
    fn top_up(&mut self) {
        while self.sent < self.numbers.len() && self.sent - self.got < 8 {
            send(&self.tasks, self.sent, self.numbers[self.sent]);
            self.sent += 1;
        }
    }

    fn start(&mut self, numbers: &[i64]) -> (usize, usize) {
        let from = self.numbers.len();
        self.numbers.extend_from_slice(numbers);
        self.squares.resize(self.numbers.len(), None);
        self.top_up();
        (from, self.numbers.len())
    }

    fn finish(&mut self, (from, to): (usize, usize)) -> String {
        while self.squares[from..to].last().unwrap().is_none() || self.squares[from..to].contains(&None) {
            let (id, square) = receive(&self.results).unwrap();
            self.squares[id] = Some(square);
            self.got += 1;
            self.top_up();
        }
        self.squares[from..to].iter().map(|s| word(s.unwrap())).collect::<Vec<_>>().join(" ")
    }
}

fn word(square: i64) -> String {
    if square < 0 { "error".to_string() } else { square.to_string() }
}

fn main() {
    let args: Result<Vec<i64>, _> = std::env::args().skip(1).map(|a| a.parse::<i64>()).collect();
    let args = args.unwrap_or_default();
    let ok = args.len() > 1 && (1..=64).contains(&args[0]) && args[1..].iter().all(|n| n.abs() <= 1_000_000);
    if !ok {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    }
    let numbers = &args[1..];
    let (tasks, results) = (queue("tasks"), queue("results"));
    for _ in 0..args[0] {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            while let Some((id, number)) = receive(&tasks) {
                send(&results, id, square(number));
            }
            std::process::exit(0);
        }
    }
    let mut pool = Pool { tasks, results, numbers: vec![], squares: vec![], sent: 0, got: 0 };
    let apply = pool.start(&numbers[..1]);
    println!("apply = {}", pool.finish(apply));
    let map = pool.start(numbers);
    println!("map = {}", pool.finish(map));
    let apply = pool.start(&numbers[..1]);
    let map = pool.start(numbers);
    println!("apply_async = {}", pool.finish(apply));
    println!("map_async = {}", pool.finish(map));
    for _ in 0..args[0] {
        mq_send(&pool.tasks, &[], 0).unwrap();
    }
    for _ in 0..args[0] {
        wait().unwrap();
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(args[0] as usize).build().unwrap();
    let words: Vec<String> = threads.install(|| numbers.par_iter().map(|&n| word(square(n))).collect());
    println!("rayon = {}", words.join(" "));
}
