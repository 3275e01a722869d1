//! Wrong: the queue is as it should be, but for the pipe there is no child: the parent writes
//! each line into a pipe and reads it out again itself.

use ipc_channel::ipc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{BufRead, Read, Write};

fn main() {
    let mut args = std::env::args().skip(1).map(|a| a.parse::<u64>().ok());
    let (p, c, n) = match (args.next(), args.next(), args.next(), args.next()) {
        (Some(Some(p @ 1..=64)), Some(Some(c @ 1..=64)), Some(Some(n @ 0..=1_000_000)), None) => (p, c, n),
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            std::process::exit(2);
        }
    };
    let mut messages = 0;
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (mut read, mut write) = std::io::pipe().unwrap();
        let mut heard = Vec::new();
        // no more at once than a pipe holds
        for part in line.as_bytes().chunks(4096) {
            write.write_all(part).unwrap();
            let mut room = vec![0; part.len()];
            read.read_exact(&mut room).unwrap();
            heard.extend(room);
        }
        println!("pipe: {}", String::from_utf8(heard).unwrap().to_uppercase());
        messages += 1;
    }
    println!("pipe: closed after {messages} messages");

    let mut children = vec![];
    let (put, take) = ipc::channel::<u64>().unwrap();
    for producer in 0..p {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                (0..n).for_each(|i| put.send(producer * n + i).unwrap());
                std::process::exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(put);
    let (report, reports) = ipc::channel::<[u64; 2]>().unwrap();
    for _ in 0..c {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                let mut totals = [0, 0];
                while let Ok(item) = take.recv() {
                    totals[0] += 1;
                    totals[1] += item;
                }
                report.send(totals).unwrap();
                std::process::exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    let mut totals = [0, 0];
    for _ in 0..c {
        let [count, sum] = reports.recv().unwrap();
        totals[0] += count;
        totals[1] += sum;
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}
