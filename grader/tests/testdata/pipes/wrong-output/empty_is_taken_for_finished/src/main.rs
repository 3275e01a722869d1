//! Wrong: the queue is read without waiting, and a consumer that finds it empty ends. It may be
//! empty only because the producers have not put anything yet.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{self, BufRead, BufReader, Read, Write, pipe};
use std::process::exit;

fn main() -> io::Result<()> {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };

    let (child_reads, mut parent_writes) = pipe()?;
    let (parent_reads, mut child_writes) = pipe()?;
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop(parent_writes);
            drop(parent_reads);
            for line in BufReader::new(child_reads).lines() {
                child_writes.write_all(format!("{}\n", line?.to_uppercase()).as_bytes())?;
            }
            exit(0);
        }
        ForkResult::Parent { child } => {
            drop(child_reads);
            drop(child_writes);
            let mut answers = BufReader::new(parent_reads).lines();
            let mut messages = 0;
            for line in io::stdin().lines() {
                parent_writes.write_all(format!("{}\n", line?).as_bytes())?;
                println!("pipe: {}", answers.next().unwrap()?);
                messages += 1;
            }
            drop(parent_writes);
            waitpid(child, None)?;
            println!("pipe: closed after {messages} messages");
        }
    }

    let (mut take, mut put) = pipe()?;
    fcntl(&take, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    let (mut reports, mut report) = pipe()?;
    let mut children = Vec::new();
    for p in 0..producers {
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop(take);
                for i in 0..items {
                    if put.write_all(&(p * items + i).to_le_bytes()).is_err() {
                        break;
                    }
                }
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(put);
    for _ in 0..consumers {
        match unsafe { fork() }? {
            ForkResult::Child => {
                let (mut n, mut sum) = (0u64, 0u64);
                let mut item = [0; 8];
                while take.read_exact(&mut item).is_ok() {
                    n += 1;
                    sum += u64::from_le_bytes(item);
                }
                report.write_all(&[n.to_le_bytes(), sum.to_le_bytes()].concat())?;
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(take);
    drop(report);
    let (mut n, mut sum) = (0, 0);
    let mut totals = [0; 16];
    while reports.read_exact(&mut totals).is_ok() {
        n += u64::from_le_bytes(totals[..8].try_into().unwrap());
        sum += u64::from_le_bytes(totals[8..].try_into().unwrap());
    }
    for child in children {
        waitpid(child, None)?;
    }
    println!("queue: {n} items, sum {sum}");
    Ok(())
}
