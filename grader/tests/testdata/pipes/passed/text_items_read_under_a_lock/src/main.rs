//! Right: items are lines of text of any length in one pipe, so a consumer holds a lock while
//! it reads one byte after another. The lock belongs to a file without a name; `fcntl` locks
//! belong to processes, so children of one fork do exclude each other.

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::fs::File;
use std::io::{BufRead, BufReader, PipeReader, Read, Write, pipe, stdin};
use std::process::exit;

fn lock(file: &File, kind: libc::c_int) {
    let what = libc::flock { l_type: kind as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 0, l_pid: 0 };
    fcntl(file, FcntlArg::F_SETLKW(&what)).unwrap();
}

fn read_number(from: &mut PipeReader) -> Option<u64> {
    let mut number = None;
    loop {
        let mut byte = [0];
        if from.read(&mut byte).unwrap() == 0 || byte[0] == b'\n' {
            return number;
        }
        number = Some(number.unwrap_or(0) * 10 + u64::from(byte[0] - b'0'));
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut argument = |least, most| {
        let number: Option<u64> = args.next().and_then(|a| a.parse().ok());
        number.filter(|n| *n >= least && *n <= most).unwrap_or_else(|| {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            exit(2)
        })
    };
    let (producers, consumers, items) = (argument(1, 64), argument(1, 64), argument(0, 1_000_000));
    if args.next().is_some() {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    }

    let (r1, mut w1) = pipe().unwrap();
    let (r2, mut w2) = pipe().unwrap();
    match unsafe { fork().unwrap() } {
        ForkResult::Child => {
            drop(w1);
            drop(r2);
            let mut lines = BufReader::new(r1);
            let mut line = String::new();
            while lines.read_line(&mut line).unwrap() > 0 {
                w2.write_all(line.to_uppercase().as_bytes()).unwrap();
                line.clear();
            }
            exit(0);
        }
        ForkResult::Parent { child } => {
            drop(r1);
            drop(w2);
            let mut back = BufReader::new(r2);
            let mut messages = 0;
            let mut line = String::new();
            while stdin().read_line(&mut line).unwrap() > 0 {
                let text = line.strip_suffix('\n').unwrap_or(&line).to_string() + "\n";
                w1.write_all(text.as_bytes()).unwrap();
                let mut answer = String::new();
                back.read_line(&mut answer).unwrap();
                print!("pipe: {answer}");
                messages += 1;
                line.clear();
            }
            drop(w1);
            waitpid(child, None).unwrap();
            println!("pipe: closed after {messages} messages");
        }
    }

    let path = std::env::temp_dir().join(format!("pipes-{}.lock", std::process::id()));
    let guard = File::create(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let (mut take, mut put) = pipe().unwrap();
    let (report_in, mut report_out) = pipe().unwrap();
    let mut children = Vec::new();
    for p in 0..producers {
        match unsafe { fork().unwrap() } {
            ForkResult::Child => {
                drop(take);
                for i in p * items..(p + 1) * items {
                    put.write_all(format!("{i}\n").as_bytes()).unwrap();
                }
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    for _ in 0..consumers {
        match unsafe { fork().unwrap() } {
            ForkResult::Child => {
                drop(put);
                let (mut n, mut sum) = (0, 0);
                loop {
                    lock(&guard, libc::F_WRLCK);
                    let item = read_number(&mut take);
                    lock(&guard, libc::F_UNLCK);
                    match item {
                        Some(item) => {
                            n += 1;
                            sum += item;
                        }
                        None => break,
                    }
                }
                report_out.write_all(format!("{n} {sum}\n").as_bytes()).unwrap();
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(put);
    drop(take);
    drop(report_out);
    let (mut n, mut sum) = (0, 0);
    for report in BufReader::new(report_in).lines() {
        let report = report.unwrap();
        let parts: Vec<u64> = report.split(' ').map(|part| part.parse().unwrap()).collect();
        n += parts[0];
        sum += parts[1];
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("queue: {n} items, sum {sum}");
}
