//! Wrong: all processes are there, but producers and consumers do nothing, and the parent knows
//! the totals by a formula.

use nix::sys::wait::{wait, waitpid};
use nix::unistd::{ForkResult, fork};
use std::io::{BufRead, BufReader, Write, pipe, stdin};
use std::process::exit;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };

    let (questions, mut ask) = pipe().unwrap();
    let (answers, mut answer) = pipe().unwrap();
    let ForkResult::Parent { child } = unsafe { fork() }.unwrap() else {
        drop((ask, answers));
        for line in BufReader::new(questions).lines() {
            answer.write_all((line.unwrap().to_uppercase() + "\n").as_bytes()).unwrap();
        }
        exit(0)
    };
    drop((questions, answer));
    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in stdin().lines() {
        ask.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        messages += 1;
    }
    drop(ask);
    waitpid(child, None).unwrap();
    println!("pipe: closed after {messages} messages");

    for _ in 0..producers + consumers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            exit(0);
        }
    }
    for _ in 0..producers + consumers {
        wait().unwrap();
    }
    let count = producers * items;
    println!("queue: {count} items, sum {}", count * count.saturating_sub(1) / 2);
}
