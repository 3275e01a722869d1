//! Right: each producer has a pipe to the parent and each consumer a pipe from it; the parent
//! passes items on, to each consumer in turn. Everything still goes through the kernel.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsFd;
use std::process::exit;

fn main() -> io::Result<()> {
    let args: Vec<u64> = std::env::args().skip(1).map_while(|a| a.parse().ok()).collect();
    if std::env::args().count() != 4 || args.len() != 3 || args[0] < 1 || args[0] > 64 || args[1] < 1 || args[1] > 64 || args[2] > 1000000
    {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    }
    dialogue()?;
    let items = args[2];
    let mut children: Vec<Pid> = vec![];
    let mut sources: Vec<PipeReader> = vec![];
    for p in 0..args[0] {
        let (read, mut write) = pipe()?;
        match unsafe { fork() }? {
            ForkResult::Child => {
                sources.clear();
                drop(read);
                for i in 0..items {
                    write.write_all(&(p * items + i).to_le_bytes())?;
                }
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
        sources.push(read);
    }
    let mut targets: Vec<PipeWriter> = vec![];
    let mut reports: Vec<PipeReader> = vec![];
    for _ in 0..args[1] {
        let (mut read, write) = pipe()?;
        let (report_read, mut report_write) = pipe()?;
        match unsafe { fork() }? {
            ForkResult::Child => {
                // All the ends that belong to the others: a copy of one would keep it open.
                drop(write);
                targets.clear();
                sources.clear();
                let mut totals = (0u64, 0u64);
                let mut item = [0u8; 8];
                while read.read_exact(&mut item).is_ok() {
                    totals.0 += 1;
                    totals.1 += u64::from_le_bytes(item);
                }
                report_write.write_all(format!("{} {}", totals.0, totals.1).as_bytes())?;
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
        targets.push(write);
        reports.push(report_read);
    }

    let mut turn = 0;
    while !sources.is_empty() {
        let mut fds: Vec<PollFd> = sources.iter().map(|s| PollFd::new(s.as_fd(), PollFlags::POLLIN)).collect();
        poll(&mut fds, PollTimeout::NONE)?;
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        let mut ended = vec![];
        for i in 0..sources.len() {
            if !ready[i] {
                continue;
            }
            let mut item = [0u8; 8];
            if sources[i].read_exact(&mut item).is_ok() {
                let count = targets.len();
                targets[turn % count].write_all(&item)?;
                turn += 1;
            } else {
                ended.push(i);
            }
        }
        for i in ended.into_iter().rev() {
            sources.remove(i);
        }
    }
    targets.clear();
    let (mut count, mut sum) = (0u64, 0u64);
    for report in &mut reports {
        let mut text = String::new();
        report.read_to_string(&mut text)?;
        let (n, s) = text.split_once(' ').unwrap();
        count += n.parse::<u64>().unwrap();
        sum += s.parse::<u64>().unwrap();
    }
    for child in children {
        waitpid(child, None)?;
    }
    println!("queue: {count} items, sum {sum}");
    Ok(())
}

fn dialogue() -> io::Result<()> {
    let (questions, mut to_child) = pipe()?;
    let (from_child, mut answers) = pipe()?;
    let child = match unsafe { fork() }? {
        ForkResult::Child => {
            drop(to_child);
            drop(from_child);
            for line in BufReader::new(questions).lines() {
                answers.write_all((line?.to_uppercase() + "\n").as_bytes())?;
            }
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop(questions);
    drop(answers);
    let mut from_child = BufReader::new(from_child);
    let mut number = 0;
    for line in io::stdin().lines() {
        to_child.write_all((line? + "\n").as_bytes())?;
        let mut answer = String::new();
        from_child.read_line(&mut answer)?;
        print!("pipe: {answer}");
        number += 1;
    }
    drop(to_child);
    waitpid(child, None)?;
    println!("pipe: closed after {number} messages");
    Ok(())
}
