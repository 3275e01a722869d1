//! Wrong: the child turns every 4096 bytes into a string, whatever they are. Where a letter of
//! two bytes lies across the border neither half is text, and the child panics.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::exit;

fn shout(mut socket: UnixStream) {
    let mut part = [0; 4096];
    loop {
        let n = socket.read(&mut part).unwrap();
        if n == 0 {
            return;
        }
        let text = std::str::from_utf8(&part[..n]).expect("the parent sends text");
        socket.write_all(text.to_uppercase().as_bytes()).unwrap();
    }
}

fn fork_to(work: impl FnOnce()) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            exit(0)
        }
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };

    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut both = Some((ours, theirs));
    let child = fork_to(|| {
        let (ours, theirs) = both.take().unwrap();
        drop(ours);
        shout(theirs);
    });
    let (mut ours, theirs) = both.take().unwrap();
    drop(theirs);
    let mut answers = BufReader::new(ours.try_clone().unwrap());
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        let line = line.unwrap() + "\n";
        let mut answer = String::new();
        ours.write_all(line.as_bytes()).unwrap();
        answers.read_line(&mut answer).expect("an answer");
        assert!(answer.ends_with('\n'), "the child ended before its time");
        print!("pipe: {answer}");
        messages += 1;
    }
    ours.shutdown(std::net::Shutdown::Write).unwrap();
    waitpid(child, None).unwrap();
    println!("pipe: closed after {messages} messages");

    let (take, put) = std::io::pipe().unwrap();
    let (mut reports, report) = std::io::pipe().unwrap();
    let mut ends = Some((take, put, report));
    let mut children = vec![];
    for p in 0..producers {
        let work = || {
            let (_, mut put, _) = ends.take().unwrap();
            for i in 0..items {
                put.write_all(&(p * items + i).to_be_bytes()).unwrap();
            }
        };
        children.push(fork_to(work));
    }
    for _ in 0..consumers {
        let work = || {
            let (mut take, put, mut report) = ends.take().unwrap();
            drop(put);
            let mut bytes = Vec::new();
            take.read_to_end(&mut bytes).unwrap();
            let items = bytes.chunks_exact(8).map(|b| u64::from_be_bytes(b.try_into().unwrap()));
            let text = format!("{} {}\n", bytes.len() / 8, items.sum::<u64>());
            report.write_all(text.as_bytes()).unwrap();
        };
        children.push(fork_to(work));
    }
    drop(ends);
    let mut text = String::new();
    reports.read_to_string(&mut text).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|t| t.parse().unwrap()).collect();
    for child in children {
        waitpid(child, None).unwrap();
    }
    let count: u64 = numbers.iter().step_by(2).sum();
    let sum: u64 = numbers.iter().skip(1).step_by(2).sum();
    println!("queue: {count} items, sum {sum}");
}
