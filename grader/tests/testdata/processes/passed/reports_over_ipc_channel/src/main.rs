//! Right: each child also sends its counter over an ipc-channel, and the parent checks the sum before it prints what it sees itself.
use ipc_channel::ipc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn bump(times: u64) {
    for _ in 0..times {
        COUNTER.fetch_add(1, Ordering::Relaxed);
    }
}

fn arguments() -> Result<(u64, u64), ()> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [workers, increments] = &args[..] else { return Err(()) };
    let workers = workers.parse().map_err(drop)?;
    let increments = increments.parse().map_err(drop)?;
    if (1..=64).contains(&workers) && increments <= 1_000_000 { Ok((workers, increments)) } else { Err(()) }
}

fn main() {
    let Ok((workers, increments)) = arguments() else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    };
    let threads: Vec<JoinHandle<()>> = (0..workers).map(|_| thread::spawn(move || bump(increments))).collect();
    for thread in threads {
        thread.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Ordering::Relaxed));
    COUNTER.store(0, Ordering::Relaxed);

    let (sender, receiver) = ipc::channel::<(u64, u64)>().unwrap();
    let mut children = vec![];
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                bump(increments);
                let mine = COUNTER.load(Ordering::Relaxed);
                println!("child {number}: counter {mine}");
                sender.send((number, mine)).unwrap();
                std::process::exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    let reported: u64 = (0..workers).map(|_| receiver.recv().unwrap().1).sum();
    for child in children {
        waitpid(child, None).unwrap();
    }
    if reported != workers * increments {
        eprintln!("the children reported {reported}");
    }
    println!("parent: counter {}", COUNTER.load(Ordering::Relaxed));
}
