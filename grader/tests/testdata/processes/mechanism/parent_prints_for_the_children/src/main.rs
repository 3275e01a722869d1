//! Wrong: the children's output is captured, and the parent prints the lines; each line is to be written by its child.
use std::process::{Command, Stdio, exit};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::{env, thread};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Relaxed);
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if args.len() == 3 && args[1] == "child" {
        count(args[2].parse().unwrap());
        print!("{}", COUNTER.load(Relaxed));
        return;
    }
    let numbers: Vec<u64> = args[1..].iter().map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if numbers.len() != 2 || numbers[0] == 0 || numbers[0] > 64 || numbers[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let (workers, increments) = (numbers[0], numbers[1]);
    let threads: Vec<_> = (0..workers).map(|_| thread::spawn(move || count(increments))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Relaxed));
    COUNTER.store(0, Relaxed);

    let start = |_| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["child", &increments.to_string()]).stdout(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..workers).map(start).collect();
    for (number, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        println!("child {number}: counter {}", String::from_utf8_lossy(&output.stdout));
    }
    println!("parent: counter {}", COUNTER.load(Relaxed));
}
