//! Right: a System V message queue. Items are messages of type 1, reports of type 2; a consumer
//! ends at an item that is no number. The queue is removed at the end.

use nix::libc;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio, exit};

const ITEM: i64 = 1;
const REPORT: i64 = 2;

#[repr(C)]
struct Message {
    kind: libc::c_long,
    words: [u64; 3],
}

fn put(queue: i32, kind: i64, words: [u64; 3]) {
    let message = Message { kind, words };
    let r = unsafe { libc::msgsnd(queue, (&raw const message).cast(), size_of_val(&words), 0) };
    assert!(r == 0, "msgsnd: {}", std::io::Error::last_os_error());
}

fn take(queue: i32, kind: i64) -> [u64; 3] {
    let mut message = Message { kind: 0, words: [0; 3] };
    let r = unsafe { libc::msgrcv(queue, (&raw mut message).cast(), 24, kind, 0) };
    assert!(r == 24, "msgrcv: {}", std::io::Error::last_os_error());
    message.words
}

fn fork() -> i32 {
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0);
    pid
}

fn join(children: Vec<i32>) {
    for pid in children {
        unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
    }
}

fn queue(producers: u64, consumers: u64, items: u64) {
    let queue = unsafe { libc::msgget(libc::IPC_PRIVATE, 0o600) };
    assert!(queue >= 0);
    let mut putters = vec![];
    let mut takers = vec![];
    for p in 0..producers {
        let pid = fork();
        if pid == 0 {
            for i in 0..items {
                put(queue, ITEM, [1, p * items + i, 0]);
            }
            exit(0);
        }
        putters.push(pid);
    }
    for _ in 0..consumers {
        let pid = fork();
        if pid == 0 {
            let mut totals = [0u64; 3];
            loop {
                let [is_item, item, _] = take(queue, ITEM);
                if is_item == 0 {
                    break;
                }
                totals[0] += 1;
                totals[1] += item;
            }
            put(queue, REPORT, totals);
            exit(0);
        }
        takers.push(pid);
    }
    join(putters);
    for _ in 0..consumers {
        put(queue, ITEM, [0; 3]);
    }
    let mut totals = [0u64; 2];
    for _ in 0..consumers {
        let report = take(queue, REPORT);
        totals[0] += report[0];
        totals[1] += report[1];
    }
    join(takers);
    unsafe { libc::msgctl(queue, libc::IPC_RMID, std::ptr::null_mut()) };
    println!("queue: {} items, sum {}", totals[0], totals[1]);
}

fn shouting_child() {
    let stdin = std::io::stdin();
    for line in stdin.lock().lines() {
        println!("{}", line.unwrap().to_uppercase());
    }
}

fn main() {
    if std::env::var_os("SHOUT").is_some() {
        return shouting_child();
    }
    let numbers: Option<Vec<u64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let Some([p @ 1..=64, c @ 1..=64, n @ 0..=1_000_000]) = numbers.as_deref() else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env("SHOUT", "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut question = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut k = 0;
    for line in std::io::stdin().lock().lines() {
        question.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        k += 1;
    }
    drop(question);
    child.wait().unwrap();
    println!("pipe: closed after {k} messages");
    queue(*p, *c, *n);
}
