//! Right: a thread of the parent stands for each worker process: it takes a task from a common
//! list, sends it through its socket and puts the answer where it belongs. All processes are
//! made before the first thread.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::panic;
use std::process::exit;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;

/// A number, where its result belongs, and to whom.
type Job = (i64, usize, Sender<(usize, Option<i64>)>);

fn square(number: i64) -> Option<i64> {
    panic::catch_unwind(|| {
        assert!(number >= 0);
        number * number
    })
    .ok()
}

fn serve(mut socket: UnixStream) {
    let mut number = [0; 8];
    while socket.read_exact(&mut number).is_ok() {
        let answer = match square(i64::from_be_bytes(number)) {
            Some(square) => [&[1], &square.to_be_bytes()[..]].concat(),
            None => vec![0; 9],
        };
        socket.write_all(&answer).unwrap();
    }
}

fn processes(count: usize) -> Vec<(Pid, UnixStream)> {
    let mut list: Vec<(Pid, UnixStream)> = vec![];
    for _ in 0..count {
        let (ours, theirs) = UnixStream::pair().unwrap();
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                drop(ours);
                drop(list);
                serve(theirs);
                exit(0);
            }
            ForkResult::Parent { child } => list.push((child, ours)),
        }
    }
    list
}

fn attend(mut socket: UnixStream, jobs: Arc<Mutex<Receiver<Job>>>) {
    loop {
        let next = jobs.lock().unwrap().recv();
        let Ok((number, place, result)) = next else { return };
        socket.write_all(&number.to_be_bytes()).unwrap();
        let mut answer = [0; 9];
        socket.read_exact(&mut answer).unwrap();
        let square = i64::from_be_bytes(answer[1..].try_into().unwrap());
        let _ = result.send((place, (answer[0] == 1).then_some(square)));
    }
}

struct Later {
    results: Receiver<(usize, Option<i64>)>,
    count: usize,
}

impl Later {
    fn get(self) -> Vec<Option<i64>> {
        let mut all = vec![None; self.count];
        for (place, result) in self.results {
            all[place] = result;
        }
        all
    }
}

fn map_async(jobs: &Sender<Job>, numbers: &[i64]) -> Later {
    let (sender, results) = channel();
    for (place, &number) in numbers.iter().enumerate() {
        jobs.send((number, place, sender.clone())).unwrap();
    }
    Later { results, count: numbers.len() }
}

fn show(what: &str, results: Vec<Option<i64>>) {
    let mut line = format!("{what} =");
    for result in results {
        match result {
            Some(square) => line += &format!(" {square}"),
            None => line += " error",
        }
    }
    println!("{line}");
}

fn main() {
    let numbers: Option<Vec<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let Some([workers @ 1..=64, numbers @ ..]) = numbers.as_deref() else { usage() };
    if numbers.is_empty() || numbers.iter().any(|n| !(-1_000_000..=1_000_000).contains(n)) {
        usage();
    }
    let workers = *workers as usize;
    let processes = processes(workers);
    let (jobs, list) = channel::<Job>();
    let list = Arc::new(Mutex::new(list));
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    let mut pids = Vec::new();
    for (pid, socket) in processes {
        pids.push(pid);
        let list = Arc::clone(&list);
        threads.push(std::thread::spawn(|| attend(socket, list)));
    }

    show("apply", map_async(&jobs, &numbers[..1]).get());
    show("map", map_async(&jobs, numbers).get());
    let one = map_async(&jobs, &numbers[..1]);
    let all = map_async(&jobs, numbers);
    show("apply_async", one.get());
    show("map_async", all.get());

    drop(jobs);
    for thread in threads {
        thread.join().unwrap();
    }
    for pid in pids {
        waitpid(pid, None).unwrap();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
    show("rayon", pool.install(|| numbers.par_iter().map(|n| square(*n)).collect()));
}

fn usage() -> ! {
    eprintln!("usage: pools WORKERS NUMBER...");
    exit(2)
}
