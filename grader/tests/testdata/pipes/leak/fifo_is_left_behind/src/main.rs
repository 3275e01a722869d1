//! Wrong: the queue is a FIFO in the temporary folder, and nobody removes it.

use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, mkfifo};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::process::exit;

fn child(work: impl FnOnce() -> std::io::Result<()>) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => exit(work().is_err() as i32),
    }
}

fn main() -> std::io::Result<()> {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };

    let (questions, mut ask) = pipe()?;
    let (answers, mut answer) = pipe()?;
    let shouter = match unsafe { fork() }? {
        ForkResult::Child => {
            drop((ask, answers));
            for line in BufReader::new(questions).lines() {
                answer.write_all((line?.to_uppercase() + "\n").as_bytes())?;
            }
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop((questions, answer));
    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        ask.write_all((line? + "\n").as_bytes())?;
        println!("pipe: {}", answers.next().unwrap()?);
        messages += 1;
    }
    drop(ask);
    waitpid(shouter, None)?;
    println!("pipe: closed after {messages} messages");

    let path = std::env::temp_dir().join(format!("pipes-queue-{}", std::process::id()));
    mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
    let mut keep = OpenOptions::new().read(true).write(true).open(&path)?;
    let mut putters = vec![];
    for p in 0..producers {
        putters.push(child(|| {
            let mut put = OpenOptions::new().write(true).open(&path)?;
            for i in 0..items {
                put.write_all(&(p * items + i).to_le_bytes())?;
            }
            Ok(())
        }));
    }
    let (mut reports, report) = pipe()?;
    let mut takers = vec![];
    for _ in 0..consumers {
        takers.push(child(|| {
            let mut take = File::open(&path)?;
            let mut totals = [0u64; 2];
            let mut item = [0; 8];
            loop {
                take.read_exact(&mut item)?;
                if item == [255; 8] {
                    break;
                }
                totals[0] += 1;
                totals[1] += u64::from_le_bytes(item);
            }
            (&report).write_all(&[totals[0].to_le_bytes(), totals[1].to_le_bytes()].concat())
        }));
    }
    drop(report);
    for pid in putters {
        waitpid(pid, None)?;
    }
    for _ in 0..consumers {
        keep.write_all(&[255; 8])?;
    }
    let mut totals = [0u64; 2];
    let mut its = [[0; 8]; 2];
    while reports.read_exact(its.as_flattened_mut()).is_ok() {
        totals[0] += u64::from_le_bytes(its[0]);
        totals[1] += u64::from_le_bytes(its[1]);
    }
    for pid in takers {
        waitpid(pid, None)?;
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
    Ok(())
}
