//! Right: a thread of the parent writes all lines while its first thread reads the answers, so
//! neither waits for the other. All children are made before there are threads, and each
//! consumer has a pipe of its own into which the producers deal their items in turn.

use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write};
use std::process::exit;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

fn usage() -> ! {
    eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
    exit(2)
}

fn shouter(from: PipeReader, mut to: PipeWriter) -> io::Result<()> {
    for line in BufReader::new(from).lines() {
        let mut answer = line?.to_uppercase();
        answer.push('\n');
        to.write_all(answer.as_bytes())?;
    }
    Ok(())
}

fn consumer(mut from: PipeReader, mut to: PipeWriter) -> io::Result<()> {
    let mut totals = [0u64, 0];
    let mut item = [0; 8];
    while from.read_exact(&mut item).is_ok() {
        totals[0] += 1;
        totals[1] += u64::from_ne_bytes(item);
    }
    to.write_all(&[totals[0].to_ne_bytes(), totals[1].to_ne_bytes()].concat())
}

fn main() -> io::Result<()> {
    let n: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(9_999_999)).collect();
    if n.len() != 3 || n[0] == 0 || n[0] > 64 || n[1] == 0 || n[1] > 64 || n[2] > 1_000_000 {
        usage();
    }
    let (producers, consumers, items) = (n[0], n[1], n[2]);
    let mut pids: Vec<Pid> = Vec::new();

    let (ends, reports): (Vec<_>, Vec<_>) = {
        let mut puts = Vec::new();
        let mut reports = Vec::new();
        for _ in 0..consumers {
            let (take, put) = io::pipe()?;
            let (report_in, report_out) = io::pipe()?;
            match unsafe { fork() }? {
                ForkResult::Child => {
                    drop((put, report_in, puts, reports));
                    exit(consumer(take, report_out).is_err() as i32)
                }
                ForkResult::Parent { child } => pids.push(child),
            }
            puts.push(put);
            reports.push(report_in);
        }
        (puts, reports)
    };
    for p in 0..producers {
        match unsafe { fork() }? {
            ForkResult::Child => {
                for i in 0..items {
                    let item = (p * items + i) as u64;
                    (&ends[i % consumers]).write_all(&item.to_ne_bytes())?;
                }
                exit(0)
            }
            ForkResult::Parent { child } => pids.push(child),
        }
    }
    drop(ends);

    let (r1, mut w1) = io::pipe()?;
    let (r2, w2) = io::pipe()?;
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop((w1, r2));
            exit(shouter(r1, w2).is_err() as i32)
        }
        ForkResult::Parent { child } => pids.push(child),
    }
    drop((r1, w2));
    let sender = std::thread::spawn(move || -> io::Result<()> {
        for line in io::stdin().lines() {
            w1.write_all(format!("{}\n", line?).as_bytes())?;
        }
        Ok(())
    });
    let mut count = 0;
    for answer in BufReader::new(r2).lines() {
        println!("pipe: {}", answer?);
        count += 1;
    }
    sender.join().unwrap()?;
    println!("pipe: closed after {count} messages");

    let (mut number, mut sum) = (0u64, 0u64);
    for mut report in reports {
        let mut totals = [[0; 8]; 2];
        report.read_exact(totals.as_flattened_mut())?;
        number += u64::from_ne_bytes(totals[0]);
        sum += u64::from_ne_bytes(totals[1]);
    }
    for pid in pids {
        assert_eq!(waitpid(pid, None)?, WaitStatus::Exited(pid, 0));
    }
    println!("queue: {number} items, sum {sum}");
    Ok(())
}
