//! Wrong: the items go through pipes, but every consumer adds its totals to two numbers in shared
//! memory without a lock, so that one can overwrite what another has added.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{BufRead, BufReader, Read, Write, pipe};
use std::process::exit;

#[repr(C)]
struct Totals {
    count: u64,
    sum: u64,
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };
    let (questions, mut ask) = pipe().unwrap();
    let (answers, mut answer) = pipe().unwrap();
    let mut children = vec![];
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop(ask);
            drop(answers);
            for line in BufReader::new(questions).lines() {
                answer.write_all((line.unwrap().to_uppercase() + "\n").as_bytes()).unwrap();
            }
            exit(0)
        }
        ForkResult::Parent { child } => children.push(child),
    }
    drop(questions);
    drop(answer);
    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        ask.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        messages += 1;
    }
    drop(ask);
    println!("pipe: closed after {messages} messages");

    let totals = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        libc::mmap(std::ptr::null_mut(), size_of::<Totals>(), protection, flags, -1, 0) as *mut Totals
    };
    // a pipe for each consumer, into which every producer deals its items in turn
    let (mut takes, mut puts) = (vec![], vec![]);
    for _ in 0..consumers {
        let (take, put) = pipe().unwrap();
        takes.push(take);
        puts.push(put);
    }
    for p in 0..producers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                for i in 0..items {
                    let put = &mut puts[(i % consumers) as usize];
                    put.write_all(&(p * items + i).to_le_bytes()).unwrap();
                }
                exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(puts);
    for mut take in takes {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                let (mut count, mut sum) = (0, 0);
                let mut item = [0; 8];
                while take.read_exact(&mut item).is_ok() {
                    count += 1;
                    sum += u64::from_le_bytes(item);
                }
                unsafe {
                    (*totals).count += count;
                    (*totals).sum += sum;
                }
                exit(0)
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    unsafe { println!("queue: {} items, sum {}", (*totals).count, (*totals).sum) };
}
