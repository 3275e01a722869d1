//! Right: a channel to each worker and one from it; the parent waits on all of them at once with
//! an `IpcReceiverSet`, and gives the next task to the worker that has just answered.

use ipc_channel::ipc::{self, IpcReceiverSet, IpcSelectionResult, IpcSender};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::collections::{HashMap, VecDeque};

type Task = (u32, i64);
type Answer = (u32, Result<i64, String>);

fn task(number: i64) -> Result<i64, String> {
    let square = move || {
        if number < 0 {
            panic!("{number}")
        }
        number * number
    };
    std::panic::catch_unwind(square).map_err(|_| format!("panicked at {number}"))
}

struct Pool {
    pids: Vec<Pid>,
    senders: HashMap<u64, IpcSender<Task>>,
    set: IpcReceiverSet,
    idle: Vec<u64>,
    todo: VecDeque<Task>,
    done: HashMap<u32, Result<i64, String>>,
    count: u32,
}

impl Pool {
    fn new(size: u32) -> Self {
        let mut set = IpcReceiverSet::new().unwrap();
        let mut senders: HashMap<u64, IpcSender<Task>> = HashMap::new();
        let mut pids = vec![];
        for _ in 0..size {
            let (sender, tasks) = ipc::channel::<Task>().unwrap();
            let (answers, receiver) = ipc::channel::<Answer>().unwrap();
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    // with a copy of a sender the queue behind it would never end
                    drop(sender);
                    drop(senders);
                    while let Ok((id, number)) = tasks.recv() {
                        answers.send((id, task(number))).unwrap();
                    }
                    std::process::exit(0);
                }
                ForkResult::Parent { child } => pids.push(child),
            }
            senders.insert(set.add(receiver).unwrap(), sender);
        }
        let idle = senders.keys().copied().collect();
        Pool { pids, senders, set, idle, todo: VecDeque::new(), done: HashMap::new(), count: 0 }
    }

    fn submit(&mut self, number: i64) -> u32 {
        self.count += 1;
        self.todo.push_back((self.count, number));
        self.feed();
        self.count
    }

    fn feed(&mut self) {
        while !self.todo.is_empty()
            && let Some(worker) = self.idle.pop()
        {
            self.senders[&worker].send(self.todo.pop_front().unwrap()).unwrap();
        }
    }

    fn result(&mut self, id: u32) -> Result<i64, String> {
        loop {
            if let Some(result) = self.done.remove(&id) {
                return result;
            }
            for event in self.set.select().unwrap() {
                match event {
                    IpcSelectionResult::MessageReceived(worker, message) => {
                        let (id, result) = message.to::<Answer>().unwrap();
                        self.done.insert(id, result);
                        self.idle.push(worker);
                    }
                    IpcSelectionResult::ChannelClosed(_) => panic!("a worker has gone"),
                }
            }
            self.feed();
        }
    }

    fn map_async(&mut self, numbers: &[i64]) -> Vec<u32> {
        numbers.iter().map(|n| self.submit(*n)).collect()
    }

    fn get(&mut self, ids: Vec<u32>) -> Vec<Result<i64, String>> {
        ids.into_iter().map(|id| self.result(id)).collect()
    }

    fn close(self) {
        drop(self.senders);
        for pid in self.pids {
            waitpid(pid, None).unwrap();
        }
    }
}

fn line(results: Vec<Result<i64, String>>) -> String {
    results
        .into_iter()
        .map(|r| r.map(|n| n.to_string()).unwrap_or("error".to_string()))
        .collect::<Vec<_>>()
        .join(" ")
}

fn main() {
    let mut args = std::env::args().skip(1);
    let workers = args.next().and_then(|a| a.parse::<u32>().ok()).filter(|w| *w > 0 && *w < 65);
    let numbers = args.map(|a| a.parse::<i64>().ok().filter(|n| n.abs() <= 1_000_000)).collect::<Option<Vec<_>>>();
    let (Some(workers), Some(numbers)) = (workers, numbers.filter(|n| !n.is_empty())) else {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    };
    let mut pool = Pool::new(workers);
    let id = pool.submit(numbers[0]);
    println!("apply = {}", line(vec![pool.result(id)]));
    let ids = pool.map_async(&numbers);
    println!("map = {}", line(pool.get(ids)));
    let one = pool.submit(numbers[0]);
    let all = pool.map_async(&numbers);
    println!("apply_async = {}", line(vec![pool.result(one)]));
    println!("map_async = {}", line(pool.get(all)));
    pool.close();

    let rayon = rayon::ThreadPoolBuilder::new().num_threads(workers as usize).build().unwrap();
    println!("rayon = {}", line(rayon.install(|| numbers.par_iter().map(|n| task(*n)).collect())));
}
