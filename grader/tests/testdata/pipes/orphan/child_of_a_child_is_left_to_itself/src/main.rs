//! Wrong: the pipe's child is made by a child that ends at once, so that nobody needs to wait for
//! it, and nobody can. That the pipe is closed does not mean that it has ended.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::process::exit;

fn background(work: impl FnOnce()) {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => {
            waitpid(child, None).unwrap();
        }
        ForkResult::Child => match unsafe { fork() }.unwrap() {
            ForkResult::Parent { .. } => exit(0),
            ForkResult::Child => {
                work();
                exit(0)
            }
        },
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };
    let (questions, ask) = pipe().unwrap();
    let (answers, answer) = pipe().unwrap();
    let mut parents_ends = Some((ask, answers));
    let mut childs_ends = Some((questions, answer));
    background(|| {
        parents_ends.take();
        let (questions, mut answer) = childs_ends.take().unwrap();
        for line in BufReader::new(questions).lines() {
            answer.write_all((line.unwrap().to_uppercase() + "\n").as_bytes()).unwrap();
        }
    });
    childs_ends.take();
    let (mut ask, answers) = parents_ends.take().unwrap();
    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        ask.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        messages += 1;
    }
    drop(ask);
    assert!(answers.next().is_none());
    println!("pipe: closed after {messages} messages");

    let (mut take, mut put) = pipe().unwrap();
    let (mut reports, mut report) = pipe().unwrap();
    let mut children = Vec::new();
    for number in 0..producers + consumers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child if number < producers => {
                for i in 0..items {
                    put.write_all(&(number * items + i).to_le_bytes()).unwrap();
                }
                exit(0);
            }
            ForkResult::Child => {
                drop(put);
                let mut totals = [0u64; 2];
                let mut item = [0; 8];
                while take.read_exact(&mut item).is_ok() {
                    totals[0] += 1;
                    totals[1] += u64::from_le_bytes(item);
                }
                report.write_all(&[totals[0].to_le_bytes(), totals[1].to_le_bytes()].concat()).unwrap();
                exit(0);
            }
        }
    }
    drop((take, put, report));
    let mut totals = [0u64; 2];
    let mut its = [[0; 8]; 2];
    while reports.read_exact(its.as_flattened_mut()).is_ok() {
        totals[0] += u64::from_le_bytes(its[0]);
        totals[1] += u64::from_le_bytes(its[1]);
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}
