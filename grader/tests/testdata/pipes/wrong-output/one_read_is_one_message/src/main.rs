//! Wrong: both sides take whatever one `read` gives for a whole message. A pipe passes on what it
//! has, at most 64 KiB at once, so long lines come in parts.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{BufRead, PipeReader, Read, Write, pipe, stdin};
use std::process::exit;
use std::sync::mpsc;
use std::thread;

/// The next message; nothing at the end.
fn message(from: &mut PipeReader, room: &mut [u8]) -> Option<String> {
    let length = from.read(room).unwrap();
    (length > 0).then(|| String::from_utf8_lossy(&room[..length]).into_owned())
}

fn talk() {
    let (mut child_in, mut parent_out) = pipe().unwrap();
    let (mut parent_in, mut child_out) = pipe().unwrap();
    let mut room = vec![0; 1_000_000];
    let child = match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop((parent_in, parent_out));
            while let Some(line) = message(&mut child_in, &mut room) {
                child_out.write_all(line.to_uppercase().as_bytes()).unwrap();
            }
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop((child_in, child_out));
    // a thread listens all the time, so that nobody ever waits for room in a pipe
    let (tell, told) = mpsc::channel();
    let listener = thread::spawn(move || {
        while let Some(answer) = message(&mut parent_in, &mut room) {
            let _ = tell.send(answer);
        }
    });
    let mut messages = 0;
    for line in stdin().lock().lines() {
        // with its line feed, so that an empty line is a message too
        parent_out.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", told.recv().unwrap().trim_end_matches('\n'));
        messages += 1;
    }
    drop(parent_out);
    listener.join().unwrap();
    waitpid(child, None).unwrap();
    println!("pipe: closed after {messages} messages");
}

fn queue(producers: u64, consumers: u64, items: u64) {
    let (mut take, mut put) = pipe().unwrap();
    let (mut reports, mut report) = pipe().unwrap();
    let mut children = vec![];
    for p in 0..producers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                for i in 0..items {
                    put.write_all(&(p * items + i).to_ne_bytes()).unwrap();
                }
                exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(put);
    for _ in 0..consumers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                let mut totals = [0u64; 2];
                let mut item = [0; 8];
                while take.read(&mut item).unwrap() == 8 {
                    totals[0] += 1;
                    totals[1] += u64::from_ne_bytes(item);
                }
                report.write_all(&totals.map(u64::to_ne_bytes).concat()).unwrap();
                exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop((take, report));
    let mut totals = [0; 2];
    let mut its = [[0; 8]; 2];
    while reports.read(its.as_flattened_mut()).unwrap() == 16 {
        totals[0] += u64::from_ne_bytes(its[0]);
        totals[1] += u64::from_ne_bytes(its[1]);
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    match args[..] {
        [p, c, n] if p > 0 && p <= 64 && c > 0 && c <= 64 && n <= 1_000_000 => {
            talk();
            queue(p, c, n);
        }
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            exit(2)
        }
    }
}
