//! Right: scoped threads on a counter that is a local variable, then forked children on their copies of it.
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let parsed = if args.len() == 3 { (args[1].parse::<usize>(), args[2].parse::<usize>()) } else { ("".parse(), "".parse()) };
    let (workers, increments) = match parsed {
        (Ok(w), Ok(i)) if w >= 1 && w <= 64 && i <= 1_000_000 => (w, i),
        _ => {
            eprintln!("usage: processes WORKERS INCREMENTS");
            std::process::exit(2);
        }
    };

    let counter = AtomicUsize::new(0);
    let t = Instant::now();
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                for _ in 0..increments {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        eprintln!("thread: {:?}", t.elapsed() / workers as u32);
    });
    println!("threads: counter {}", counter.load(Ordering::SeqCst));

    counter.store(0, Ordering::SeqCst);
    let t = Instant::now();
    for i in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            for _ in 0..increments {
                counter.fetch_add(1, Ordering::SeqCst);
            }
            println!("child {}: counter {}", i, counter.load(Ordering::SeqCst));
            std::process::exit(0);
        }
    }
    eprintln!("process: {:?}", t.elapsed() / workers as u32);
    for _ in 0..workers {
        wait().unwrap();
    }
    println!("parent: counter {}", counter.load(Ordering::SeqCst));
}
