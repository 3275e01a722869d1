//! Right: tasks and results are datagrams, a last one for each worker says that there are no
//! more, and rayon's global pool is made with the number of threads that is asked for.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::os::unix::net::UnixDatagram;
use std::process::{ExitCode, exit};

fn f(x: i64) -> i64 {
    assert!(x >= 0);
    x * x
}

fn guarded(x: i64) -> String {
    std::panic::catch_unwind(|| f(x)).map_or_else(|_| "error".into(), |y| y.to_string())
}

fn worker(tasks: &UnixDatagram, results: &UnixDatagram) {
    let mut room = [0; 40];
    loop {
        let n = tasks.recv(&mut room).unwrap();
        if n == 0 {
            break;
        }
        let task = std::str::from_utf8(&room[..n]).unwrap();
        let (call, rest) = task.split_once(':').unwrap();
        let (place, x) = rest.split_once(':').unwrap();
        results.send(format!("{call}:{place}:{}", guarded(x.parse().unwrap())).as_bytes()).unwrap();
    }
}

struct Pool {
    workers: Vec<Pid>,
    tasks: UnixDatagram,
    results: UnixDatagram,
}

impl Pool {
    fn new(size: usize) -> Pool {
        let (tasks, theirs) = UnixDatagram::pair().unwrap();
        let (done, results) = UnixDatagram::pair().unwrap();
        let mut workers = vec![];
        for _ in 0..size {
            match unsafe { fork() }.unwrap() {
                ForkResult::Parent { child } => workers.push(child),
                ForkResult::Child => {
                    worker(&theirs, &done);
                    exit(0);
                }
            }
        }
        Pool { workers, tasks, results }
    }

    /// Does several calls at once, each with its list.
    fn calls(&self, lists: &[&[i64]]) -> Vec<String> {
        let mut answers: Vec<Vec<String>> = lists.iter().map(|list| vec![String::new(); list.len()]).collect();
        let mut tasks =
            lists.iter().enumerate().flat_map(|(call, list)| list.iter().enumerate().map(move |(i, x)| (call, i, x)));
        let total: usize = lists.iter().map(|list| list.len()).sum();
        let mut give = || {
            if let Some((call, place, x)) = tasks.next() {
                self.tasks.send(format!("{call}:{place}:{x}").as_bytes()).unwrap();
            }
        };
        // One task for each worker, then one for each result; datagram sockets queue only a few,
        // but a worker that has one takes no more than one.
        for _ in 0..self.workers.len().min(4) {
            give();
        }
        let mut room = [0; 40];
        for _ in 0..total {
            let n = self.results.recv(&mut room).unwrap();
            let text = String::from_utf8(room[..n].to_vec()).unwrap();
            let mut parts = text.split(':');
            let call: usize = parts.next().unwrap().parse().unwrap();
            let place: usize = parts.next().unwrap().parse().unwrap();
            answers[call][place] = parts.next().unwrap().to_string();
            give();
        }
        answers.into_iter().map(|words| words.join(" ")).collect()
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let size = args.first().and_then(|a| a.parse::<usize>().ok()).unwrap_or(0);
    let numbers: Vec<i64> = args.iter().skip(1).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    if size == 0 || size > 64 || numbers.is_empty() || numbers.iter().any(|n| !(-1_000_000..=1_000_000).contains(n)) {
        eprintln!("usage: pools WORKERS NUMBER...");
        return ExitCode::from(2);
    }
    let pool = Pool::new(size);
    println!("apply = {}", pool.calls(&[&numbers[..1]])[0]);
    println!("map = {}", pool.calls(&[&numbers])[0]);
    let both = pool.calls(&[&numbers[..1], &numbers]);
    println!("apply_async = {}", both[0]);
    println!("map_async = {}", both[1]);
    for _ in &pool.workers {
        pool.tasks.send(&[]).unwrap();
    }
    for pid in pool.workers {
        waitpid(pid, None).unwrap();
    }
    rayon::ThreadPoolBuilder::new().num_threads(size).build_global().unwrap();
    let words: Vec<String> = numbers.par_iter().map(|x| guarded(*x)).collect();
    println!("rayon = {}", words.join(" "));
    ExitCode::SUCCESS
}
