//! The reference solution of `pipes`: two processes talk over a pair of pipes, and several
//! over a queue.
//!
//! Whoever reads learns that nothing more will come only when nobody is left who could still
//! write. So every process closes, as soon as it can, the ends that it does not use.

use std::env;
use std::error::Error;
use std::io::{self, BufRead, BufReader, PipeReader, PipeWriter, Write};
use std::ops::Range;
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

/// The three arguments, where they are what the contract allows.
fn arguments() -> Option<(u64, u64, u64)> {
    let numbers: Option<Vec<u64>> = env::args_os().skip(1).map(|text| text.to_str()?.parse().ok()).collect();
    match numbers?[..] {
        [producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] => Some((producers, consumers, items)),
        _ => None,
    }
}

/// Sends each line of standard input to one child, and prints its answer.
fn pipe() -> Result<()> {
    let mut children = Children::default();
    let (questions, mut ask) = io::pipe()?;
    let (answers, answer) = io::pipe()?;
    if let ForkResult::Child = children.fork()? {
        drop(ask); // the child would wait for itself to write
        drop(answers);
        leave(shout(questions, answer));
    }
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
    drop(ask); // the end, for the child
    children.join()?;
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

/// Lets producers put numbers into a queue, consumers take them out, and prints the totals.
fn queue(producers: u64, consumers: u64, items: u64) -> Result<()> {
    let mut children = Children::default();
    let (put, take) = ipc::channel()?;
    for producer in 0..producers {
        if let ForkResult::Child = children.fork()? {
            drop(take);
            leave(produce(put, producer * items..(producer + 1) * items));
        }
    }
    drop(put); // before the consumers start, so that only producers can put
    let (report, reports) = ipc::channel()?;
    for _ in 0..consumers {
        if let ForkResult::Child = children.fork()? {
            leave(consume(take, report));
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
    children.join()?;
    println!("queue: {count} items, sum {sum}");
    Ok(())
}

fn produce(put: IpcSender<u64>, numbers: Range<u64>) -> Result<()> {
    for number in numbers {
        put.send(number)?;
    }
    Ok(())
}

/// Takes numbers until nobody can put any more. All consumers read from the same queue; each
/// message goes to one of them, whole.
fn consume(take: IpcReceiver<u64>, report: IpcSender<(u64, u64)>) -> Result<()> {
    let (mut count, mut sum) = (0, 0);
    while let Ok(number) = take.recv() {
        count += 1;
        sum += number;
    }
    Ok(report.send((count, sum))?)
}

/// Child processes. When it is dropped it waits for them, so that none is left behind after an
/// error; therefore it is made before the channels, which are closed before it then.
#[derive(Default)]
struct Children(Vec<Pid>);

impl Children {
    fn fork(&mut self) -> nix::Result<ForkResult> {
        // SAFETY: this process has one thread, so the child finds no lock held by another.
        let result = unsafe { fork() }?;
        if let ForkResult::Parent { child } = result {
            self.0.push(child);
        }
        Ok(result)
    }

    /// Waits for all of them.
    fn join(mut self) -> Result<()> {
        let mut failed = 0;
        while let Some(child) = self.0.pop() {
            failed += u32::from(waitpid(child, None)? != WaitStatus::Exited(child, 0));
        }
        if failed == 0 { Ok(()) } else { Err(format!("{failed} child processes failed").into()) }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in &self.0 {
            let _ = waitpid(*child, None);
        }
    }
}

/// Ends a child, or it would go on with the parent's part.
fn leave(result: Result<()>) -> ! {
    if let Err(error) = &result {
        eprintln!("pipes: {error}");
    }
    process::exit(i32::from(result.is_err()))
}
