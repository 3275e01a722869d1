//! Right: a POSIX message queue, whose name is taken away as soon as it is open. Consumers end
//! at an empty message; the parent sends one for each when the producers are done.

use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::stat::Mode;
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::io::prelude::*;

fn open(name: &str, size: i64) -> MqdT {
    let name = format!("/pipes-{name}-{}", std::process::id());
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR;
    let attributes = MqAttr::new(0, 8, size, 0);
    let queue = mq_open(name.as_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR, Some(&attributes)).expect("mq_open");
    mq_unlink(name.as_str()).expect("mq_unlink");
    queue
}

fn words(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap())).collect()
}

fn is_child() -> bool {
    matches!(unsafe { fork() }.expect("fork"), ForkResult::Child)
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = args.iter().flat_map(|a| a.parse()).collect();
    let (p, c, n) = match numbers[..] {
        [p, c, n] if args.len() == 3 && (1..65).contains(&p) && (1..65).contains(&c) && n <= 1_000_000 => (p, c, n),
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            std::process::exit(2);
        }
    };

    let (child_in, mut parent_out) = std::io::pipe().unwrap();
    let (parent_in, mut child_out) = std::io::pipe().unwrap();
    if is_child() {
        drop((parent_out, parent_in));
        for line in std::io::BufReader::new(child_in).lines() {
            let line = line.unwrap().to_uppercase();
            child_out.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        std::process::exit(0);
    }
    drop((child_in, child_out));
    let mut answers = std::io::BufReader::new(parent_in).lines();
    let mut lines = 0;
    for line in std::io::stdin().lines() {
        parent_out.write_all(format!("{}\n", line.unwrap()).as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        lines += 1;
    }
    drop(parent_out);
    wait().unwrap();
    println!("pipe: closed after {lines} messages");

    let queue = open("items", 8);
    let reports = open("reports", 16);
    // Consumers first: they must not be waited for before they are told to end.
    for _ in 0..c {
        if is_child() {
            let mut totals = [0; 2];
            let mut message = [0; 8];
            let mut priority = 0;
            while mq_receive(&queue, &mut message, &mut priority).unwrap() != 0 {
                totals[0] += 1;
                totals[1] += u64::from_le_bytes(message);
            }
            let report: Vec<u8> = totals.iter().flat_map(|t: &u64| t.to_le_bytes()).collect();
            mq_send(&reports, &report, 0).unwrap();
            std::process::exit(0);
        }
    }
    for i in 0..p {
        if is_child() {
            for item in i * n..i * n + n {
                mq_send(&queue, &item.to_le_bytes(), 0).unwrap();
            }
            std::process::exit(0);
        }
    }
    // The consumers cannot end yet: the first to end are the producers.
    for _ in 0..p {
        wait().unwrap();
    }
    for _ in 0..c {
        mq_send(&queue, &[], 0).unwrap();
    }
    let mut totals = [0, 0];
    let mut report = [0; 16];
    for _ in 0..c {
        let size = mq_receive(&reports, &mut report, &mut 0).unwrap();
        for (total, word) in totals.iter_mut().zip(words(&report[..size])) {
            *total += word;
        }
    }
    for _ in 0..c {
        wait().unwrap();
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}
