//! `pipes PRODUCERS CONSUMERS ITEMS`: processes that talk to each other.
//!
//! Pipe: the parent sends each line of standard input to one child, which answers with the
//! line in upper case; the parent prints the answers. Queue: PRODUCERS processes put ITEMS
//! numbers each into a queue, CONSUMERS processes take them out until there are no more; the
//! parent prints the totals.
//!
//! The answers come, but then the program hangs: the child goes on waiting for one more line.
//! **Your task: let the child see that there are no more**, so that both parts run to their
//! end and no process is killed.

use std::env;
use std::error::Error;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::process::{self, ExitCode};

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<ExitCode> {
    let Some((producers, consumers, items)) = arguments() else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        return Ok(ExitCode::from(2));
    };
    pipe()?;
    queue(producers, consumers, items)?;
    Ok(ExitCode::SUCCESS)
}

/// The three arguments, where they are numbers that make sense.
fn arguments() -> Option<(u64, u64, u64)> {
    let numbers: Option<Vec<u64>> = env::args_os().skip(1).map(|text| text.to_str()?.parse().ok()).collect();
    match numbers?[..] {
        [producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] => Some((producers, consumers, items)),
        _ => None,
    }
}

// ----- Work here. A pipe has two ends, one to read from and one to write to. fork copies the
// ----- whole process, and with it every end that is open.

/// Sends each line of standard input to a child, and prints its answer.
fn pipe() -> Result<()> {
    let (questions, mut ask) = io::pipe()?;
    let (answers, answer) = io::pipe()?;
    // fork returns twice: in the new process, and in the old one with the new one's number.
    // SAFETY: this process has one thread, so the child finds no lock held by another.
    let child = match unsafe { fork() }? {
        ForkResult::Child => leave(shout(questions, answer)),
        ForkResult::Parent { child } => child,
    };

    // Only the child needs these two. Dropping an end closes it, in this process.
    drop(questions);
    drop(answer);

    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in io::stdin().lines() {
        ask.write_all(format!("{}\n", line?).as_bytes())?;
        let answer = answers.next().ok_or("the child ended before its time")??;
        println!("pipe: {answer}");
        messages += 1;
    }

    drop(ask); // no more questions
    wait_for(&[child])?;
    println!("pipe: closed after {messages} messages");
    Ok(())
}

/// The child's part: answers each line with the same in upper case, until there are no more.
fn shout(questions: PipeReader, mut answer: PipeWriter) -> Result<()> {
    for line in BufReader::new(questions).lines() {
        answer.write_all(format!("{}\n", line?.to_uppercase()).as_bytes())?;
    }
    Ok(())
}

// ----- What follows is right, and shows how the queue does what the pipe does not yet.

/// Lets producers put numbers into a queue and consumers take them out, and prints the totals.
fn queue(producers: u64, consumers: u64, items: u64) -> Result<()> {
    let mut children = Vec::new();
    let (put, take) = ipc::channel()?;
    for producer in 0..producers {
        // SAFETY: as above.
        match unsafe { fork() }? {
            ForkResult::Child => leave(produce(put, producer * items, items)),
            ForkResult::Parent { child } => children.push(child),
        }
    }
    // Closed before the first consumer starts: so no consumer has a copy of it.
    drop(put);

    let (report, reports) = ipc::channel()?;
    for _ in 0..consumers {
        // SAFETY: as above.
        match unsafe { fork() }? {
            ForkResult::Child => leave(consume(take, report)),
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(take);
    drop(report);

    let (mut count, mut sum) = (0, 0);
    for _ in 0..consumers {
        let (its_count, its_sum): (u64, u64) = reports.recv()?;
        count += its_count;
        sum += its_sum;
    }
    wait_for(&children)?;
    println!("queue: {count} items, sum {sum}");
    Ok(())
}

/// A producer's part.
fn produce(put: IpcSender<u64>, first: u64, items: u64) -> Result<()> {
    for number in first..first + items {
        put.send(number)?;
    }
    Ok(())
}

/// A consumer's part: takes numbers until nobody can put any more. All consumers read from
/// the same queue; each number goes to one of them.
fn consume(take: IpcReceiver<u64>, report: IpcSender<(u64, u64)>) -> Result<()> {
    let (mut count, mut sum) = (0, 0);
    while let Ok(number) = take.recv() {
        count += 1;
        sum += number;
    }
    Ok(report.send((count, sum))?)
}

/// Ends a child. Without this it would go on with the parent's part.
fn leave(result: Result<()>) -> ! {
    if let Err(error) = &result {
        eprintln!("pipes: {error}");
    }
    process::exit(i32::from(result.is_err()))
}

/// Waits for all these children.
fn wait_for(children: &[Pid]) -> Result<()> {
    for &child in children {
        if waitpid(child, None)? != WaitStatus::Exited(child, 0) {
            return Err("a child process failed".into());
        }
    }
    Ok(())
}
