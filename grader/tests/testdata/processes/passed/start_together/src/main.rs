//! Right: nobody starts to count before all are there, the threads by a `Barrier`, the children by a pipe that the parent closes.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe, read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Barrier, RwLock};
use std::thread;

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u32::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (workers, increments) = (args[0], args[1]);
    let counter = Arc::new(RwLock::new(0));

    let barrier = Arc::new(Barrier::new(workers as usize));
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let (counter, barrier) = (Arc::clone(&counter), Arc::clone(&barrier));
            thread::spawn(move || {
                barrier.wait();
                for _ in 0..increments {
                    *counter.write().unwrap() += 1;
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    println!("threads: counter {}", counter.read().unwrap());
    *counter.write().unwrap() = 0;

    let (gate, bolt): (OwnedFd, OwnedFd) = pipe().unwrap();
    let mut bolt = Some(bolt);
    let mut children = Vec::new();
    for number in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                // Its own copy must be closed too, or the gate never opens.
                drop(bolt.take());
                read(&gate, &mut [0]).unwrap();
                for _ in 0..increments {
                    *counter.write().unwrap() += 1;
                }
                println!("child {number}: counter {}", counter.read().unwrap());
                std::process::exit(0)
            }
        }
    }
    drop(bolt);
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", counter.read().unwrap());
}
