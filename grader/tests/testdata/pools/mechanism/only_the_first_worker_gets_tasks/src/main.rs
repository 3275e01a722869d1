//! Wrong: WORKERS processes are there, but all tasks go to the first, one after the other, and
//! the rest wait for nothing.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use rayon::prelude::*;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

fn square(n: i64) -> String {
    std::panic::catch_unwind(|| {
        assert!(n >= 0);
        n * n
    })
    .map(|s| s.to_string())
    .unwrap_or("error".into())
}

fn main() {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    let allowed = |n: &i64| (-1_000_000..=1_000_000).contains(n);
    if args.len() < 2 || !(1..=64).contains(&args[0]) || !args[1..].iter().all(allowed) {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    }
    let numbers = &args[1..];
    let mut sockets: Vec<UnixStream> = vec![];
    let mut pids: Vec<Pid> = vec![];
    for _ in 0..args[0] {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                drop(ours);
                sockets.clear();
                for line in BufReader::new(theirs.try_clone().unwrap()).lines() {
                    let answer = square(line.unwrap().parse().unwrap()) + "\n";
                    theirs.write_all(answer.as_bytes()).unwrap();
                }
                std::process::exit(0);
            }
            ForkResult::Parent { child } => pids.push(child),
        }
        sockets.push(ours);
    }
    let mut answers = BufReader::new(sockets[0].try_clone().unwrap());
    let mut worker = &sockets[0];
    let mut apply = |n: i64| {
        worker.write_all(format!("{n}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        answer.trim().to_string()
    };
    println!("apply = {}", apply(numbers[0]));
    println!("map = {}", numbers.iter().map(|n| apply(*n)).collect::<Vec<_>>().join(" "));
    println!("apply_async = {}", apply(numbers[0]));
    println!("map_async = {}", numbers.iter().map(|n| apply(*n)).collect::<Vec<_>>().join(" "));
    drop(answers);
    drop(sockets);
    for pid in pids {
        waitpid(pid, None).unwrap();
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args[0] as usize).build().unwrap();
    let squares: Vec<String> = pool.install(|| numbers.par_iter().map(|n| square(*n)).collect());
    println!("rayon = {}", squares.join(" "));
}
