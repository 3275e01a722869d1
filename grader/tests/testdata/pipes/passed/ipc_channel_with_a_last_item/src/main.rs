//! Right: typed channels for everything, no pipe of one's own. `None` says that there is no
//! more; every consumer gets one, after the last producer has ended.

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::process::exit;

fn spawn<F: FnOnce()>(f: F) -> Pid {
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => child,
        Ok(ForkResult::Child) => {
            f();
            exit(0);
        }
        Err(e) => panic!("fork failed: {e}"),
    }
}

fn join(pids: Vec<Pid>) {
    pids.into_iter().for_each(|pid| {
        waitpid(pid, None).unwrap();
    });
}

type Channel<T> = (IpcSender<Option<T>>, IpcReceiver<Option<T>>);

fn pipe() {
    let (ask, asked): Channel<String> = ipc::channel().unwrap();
    let (answer, answered): Channel<String> = ipc::channel().unwrap();
    let child = spawn(|| {
        while let Some(line) = asked.recv().unwrap() {
            answer.send(Some(line.to_uppercase())).unwrap();
        }
        // the end, back
        answer.send(None).unwrap();
    });
    let mut n = 0;
    for line in std::io::stdin().lines() {
        ask.send(Some(line.unwrap())).unwrap();
        println!("pipe: {}", answered.recv().unwrap().unwrap());
        n += 1;
    }
    ask.send(None).unwrap();
    assert!(answered.recv().unwrap().is_none());
    join(vec![child]);
    println!("pipe: closed after {n} messages");
}

fn queue(producers: u64, consumers: u64, items: u64) {
    let (put, take): Channel<u64> = ipc::channel().unwrap();
    let (report, reports) = ipc::channel::<(u64, u64)>().unwrap();
    let c = (0..consumers)
        .map(|_| {
            spawn(|| {
                let mut all = vec![];
                while let Some(x) = take.recv().unwrap() {
                    all.push(x);
                }
                report.send((all.len() as u64, all.iter().sum())).unwrap();
            })
        })
        .collect();
    let p = (0..producers)
        .map(|p| {
            spawn(|| {
                for i in 0..items {
                    put.send(Some(p * items + i)).unwrap();
                }
            })
        })
        .collect();
    join(p);
    for _ in 0..consumers {
        put.send(None).unwrap();
    }
    let totals = (0..consumers).map(|_| reports.recv().unwrap()).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    join(c);
    println!("queue: {} items, sum {}", totals.0, totals.1);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [p, c, n] = &args[..]
        && let (Ok(p), Ok(c), Ok(n)) = (p.parse::<u64>(), c.parse::<u64>(), n.parse::<u64>())
        && (1..=64).contains(&p)
        && (1..=64).contains(&c)
        && n <= 1_000_000
    {
        pipe();
        queue(p, c, n);
    } else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    }
}
