//! Right: a pair of stream sockets for the dialogue, a pair of datagram sockets for the queue.
//! Datagrams have no end of file, so the parent puts a last, empty one for each consumer when
//! the producers are done.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::exit;

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    match args[..] {
        [p @ 1..=64, c @ 1..=64, n @ 0..=1_000_000] => {
            dialogue();
            queue(p, c, n);
        }
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            exit(2);
        }
    }
}

fn child(work: impl FnOnce()) -> Pid {
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            exit(0)
        }
    }
}

fn dialogue() {
    let (mut mine, theirs) = UnixStream::pair().unwrap();
    let theirs_in_child = theirs.try_clone().unwrap();
    let pid = child(|| {
        let mut answers = theirs_in_child.try_clone().unwrap();
        for line in BufReader::new(theirs_in_child).lines() {
            let answer = line.unwrap().to_uppercase() + "\n";
            answers.write_all(answer.as_bytes()).unwrap();
        }
    });
    drop(theirs);
    let mut answers = BufReader::new(mine.try_clone().unwrap()).lines();
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        mine.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        messages += 1;
    }
    // Ends the direction for everybody, so that it does not matter who has copies of this end.
    mine.shutdown(Shutdown::Write).unwrap();
    waitpid(pid, None).unwrap();
    println!("pipe: closed after {messages} messages");
}

fn queue(producers: u64, consumers: u64, items: u64) {
    let (put, take) = UnixDatagram::pair().unwrap();
    let (report, reports) = UnixDatagram::pair().unwrap();
    let mut making = vec![];
    for p in 0..producers {
        making.push(child(|| {
            for item in 0..items {
                put.send(&(p * items + item).to_be_bytes()).unwrap();
            }
        }));
    }
    let mut taking = vec![];
    for _ in 0..consumers {
        taking.push(child(|| {
            let mut totals = [0u64; 2];
            let mut item = [0; 8];
            while take.recv(&mut item).unwrap() == 8 {
                totals[0] += 1;
                totals[1] += u64::from_be_bytes(item);
            }
            let bytes: Vec<u8> = totals.iter().flat_map(|t| t.to_be_bytes()).collect();
            report.send(&bytes).unwrap();
        }));
    }
    for pid in making {
        waitpid(pid, None).unwrap();
    }
    for _ in 0..consumers {
        put.send(&[]).unwrap();
    }
    let mut totals = [0u64; 2];
    for _ in 0..consumers {
        let mut bytes = [0; 16];
        assert_eq!(reports.recv(&mut bytes).unwrap(), 16);
        for (total, part) in totals.iter_mut().zip(bytes.chunks(8)) {
            *total += u64::from_be_bytes(part.try_into().unwrap());
        }
    }
    for pid in taking {
        waitpid(pid, None).unwrap();
    }
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}
