//! Right: the counter is private, and a named shared memory holds only a board where the children tick themselves off; it is unlinked.
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

static COUNTER: Mutex<u64> = Mutex::new(0);

fn count(times: u64) {
    for _ in 0..times {
        let mut counter = COUNTER.lock().unwrap();
        *counter += 1;
    }
}

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>());
    let (workers, times) = match (args.next(), args.next(), args.next()) {
        (Some(Ok(w)), Some(Ok(t)), None) if w >= 1 && w <= 64 && t <= 1_000_000 => (w, t),
        _ => {
            eprintln!("usage: processes WORKERS INCREMENTS");
            std::process::exit(2);
        }
    };
    let mut handles = Vec::new();
    for _ in 0..workers {
        handles.push(thread::spawn(move || count(times)));
    }
    for handle in handles {
        handle.join().unwrap();
    }
    println!("threads: counter {}", *COUNTER.lock().unwrap());
    *COUNTER.lock().unwrap() = 0;

    let board = ShmemConf::new().size(64).create().expect("shared memory");
    let tick = |number: u64| unsafe { &*board.as_ptr().cast::<AtomicU8>().add(number as usize) };
    let mut children = Vec::new();
    for number in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                count(times);
                println!("child {number}: counter {}", *COUNTER.lock().unwrap());
                tick(number).store(1, Ordering::Release);
                // exit drops nothing, so the name stays for the parent to unlink.
                std::process::exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    for child in children {
        assert_eq!(waitpid(child, None), Ok(WaitStatus::Exited(child, 0)));
    }
    let ticked = (0..workers).filter(|n| tick(*n).load(Ordering::Acquire) == 1).count();
    eprintln!("{ticked} children ticked themselves off");
    println!("parent: counter {}", *COUNTER.lock().unwrap());
}
