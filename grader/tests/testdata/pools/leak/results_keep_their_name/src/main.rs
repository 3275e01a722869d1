//! Wrong: results come back in named shared memory that its maker does not own, so that nobody
//! removes the name.

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use shared_memory::{Shmem, ShmemConf};
use std::process::exit;

const MOST: usize = 20_001;
const ERROR: i64 = -1;

fn square(n: i64) -> i64 {
    std::panic::catch_unwind(|| {
        assert!(n >= 0, "{n} is negative");
        n * n
    })
    .unwrap_or(ERROR)
}

struct Pool {
    workers: Vec<Pid>,
    tasks: IpcSender<(usize, i64)>,
    done: IpcReceiver<()>,
    memory: Shmem,
}

fn place(memory: &Shmem, task: usize) -> *mut i64 {
    assert!(task < MOST);
    unsafe { (memory.as_ptr() as *mut i64).add(task) }
}

impl Pool {
    fn new(size: usize) -> Pool {
        let mut memory = ShmemConf::new().size(MOST * 8).create().unwrap();
        // or every worker would remove it when it ends
        memory.set_owner(false);
        let (tasks, to_do) = ipc::channel::<(usize, i64)>().unwrap();
        let (tell, done) = ipc::channel().unwrap();
        let mut workers = vec![];
        for _ in 0..size {
            match unsafe { fork() }.unwrap() {
                ForkResult::Child => {
                    drop(tasks);
                    while let Ok((task, number)) = to_do.recv() {
                        unsafe { *place(&memory, task) = square(number) };
                        tell.send(()).unwrap();
                    }
                    exit(0);
                }
                ForkResult::Parent { child } => workers.push(child),
            }
        }
        Pool { workers, tasks, done, memory }
    }

    fn map(&self, numbers: &[i64]) -> Vec<i64> {
        let mut sent = 0;
        for received in 0..numbers.len() {
            while sent < numbers.len() && sent < received + 2 * self.workers.len() {
                self.tasks.send((sent, numbers[sent])).unwrap();
                sent += 1;
            }
            self.done.recv().unwrap();
        }
        (0..numbers.len()).map(|task| unsafe { *place(&self.memory, task) }).collect()
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
    if args.len() < 2 || args.len() > MOST || !(1..=64).contains(&args[0]) || !args[1..].iter().all(allowed) {
        eprintln!("usage: pools WORKERS NUMBER...");
        exit(2);
    }
    let (size, numbers) = (args[0] as usize, &args[1..]);
    let pool = Pool::new(size);
    show("apply", &pool.map(&numbers[..1]));
    show("map", &pool.map(numbers));
    let both = pool.map(&[&numbers[..1], numbers].concat());
    show("apply_async", &both[..1]);
    show("map_async", &both[1..]);
    drop(pool.tasks);
    for worker in pool.workers {
        waitpid(worker, None).unwrap();
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(size).build().unwrap();
    let squares: Vec<i64> = threads.install(|| numbers.par_iter().map(|n| square(*n)).collect());
    show("rayon", &squares);
}
