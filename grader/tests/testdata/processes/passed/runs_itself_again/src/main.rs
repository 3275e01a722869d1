//! Right: each child is this program executed again by `std::process`, so that it has a counter of its own from the start.
use std::env;
use std::process::{Child, Command, exit};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Instant;

static COUNTER: AtomicU32 = AtomicU32::new(0);

fn add(times: u32) {
    for _ in 0..times {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    // processes --child NUMBER INCREMENTS: only this program calls itself like that.
    if args.len() == 4 && args[1] == "--child" {
        add(args[3].parse().unwrap());
        println!("child {}: counter {}", args[2], COUNTER.load(Relaxed));
        return;
    }
    let numbers: Vec<u32> = args[1..].iter().filter_map(|a| a.parse().ok()).collect();
    let good = args.len() == 3 && numbers.len() == 2 && (1..=64).contains(&numbers[0]) && numbers[1] <= 1_000_000;
    if !good {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let (workers, increments) = (numbers[0], numbers[1]);

    let start = Instant::now();
    let threads: Vec<_> = (0..workers).map(|_| std::thread::spawn(move || add(increments))).collect();
    eprintln!("one thread: {:?}", start.elapsed() / workers);
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    println!("threads: counter {}", COUNTER.load(Relaxed));

    COUNTER.store(0, Relaxed);
    let me = env::current_exe().unwrap();
    let start = Instant::now();
    let mut children: Vec<Child> = (0..workers)
        .map(|k| Command::new(&me).arg("--child").arg(k.to_string()).arg(increments.to_string()).spawn().unwrap())
        .collect();
    eprintln!("one process: {:?}", start.elapsed() / workers);
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
