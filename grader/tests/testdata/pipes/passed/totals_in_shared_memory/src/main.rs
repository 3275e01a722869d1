//! Right: only the items have to go through the kernel. The consumers report in shared memory,
//! each in a place of its own, and items are numbers of four bytes.

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, recv, send, socketpair};
use nix::sys::socket::MsgFlags;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe, read, write};
use std::io::BufRead;
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, OwnedFd};

/// A message is as long as its first four bytes say. Parts of it may come one by one.
fn say(to: &OwnedFd, text: &str) {
    let mut message = (text.len() as u32).to_be_bytes().to_vec();
    message.extend(text.bytes());
    let mut sent = 0;
    while sent < message.len() {
        sent += send(to.as_raw_fd(), &message[sent..], MsgFlags::MSG_NOSIGNAL).unwrap();
    }
}

fn hear(from: &OwnedFd) -> Option<String> {
    let mut length = [0; 4];
    if !fill(from, &mut length) {
        return None;
    }
    let mut text = vec![0; u32::from_be_bytes(length) as usize];
    assert!(fill(from, &mut text));
    Some(String::from_utf8(text).unwrap())
}

fn fill(from: &OwnedFd, bytes: &mut [u8]) -> bool {
    let mut got = 0;
    while got < bytes.len() {
        match recv(from.as_raw_fd(), &mut bytes[got..], MsgFlags::empty()).unwrap() {
            0 => return false,
            n => got += n,
        }
    }
    true
}

fn main() {
    let numbers: Vec<Option<u32>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let &[Some(producers @ 1..=64), Some(consumers @ 1..=64), Some(items @ 0..=1_000_000)] = &numbers[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        std::process::exit(2);
    };

    let (mine, its) = socketpair(AddressFamily::Unix, SockType::Stream, None, SockFlag::empty()).unwrap();
    let child = match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop(mine);
            while let Some(line) = hear(&its) {
                say(&its, &line.to_uppercase());
            }
            std::process::exit(0);
        }
        ForkResult::Parent { child } => child,
    };
    drop(its);
    let mut messages = 0;
    for line in std::io::stdin().lock().lines() {
        say(&mine, &line.unwrap());
        println!("pipe: {}", hear(&mine).expect("an answer"));
        messages += 1;
    }
    drop(mine);
    waitpid(child, None).unwrap();
    println!("pipe: closed after {messages} messages");

    let length = NonZeroUsize::new(64 * 16).unwrap();
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let memory = unsafe { mmap_anonymous(None, length, protection, MapFlags::MAP_SHARED) }.unwrap();
    let totals = memory.cast::<[u64; 2]>().as_ptr();

    let (take, put) = pipe().unwrap();
    let mut children = Vec::new();
    for p in 0..producers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                for i in 0..items {
                    assert_eq!(write(&put, &(p * items + i).to_be_bytes()), Ok(4));
                }
                std::process::exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(put);
    for c in 0..consumers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                let mut mine = [0u64; 2];
                // Four bytes are written at once, and so they are read.
                let mut item = [0; 4];
                while read(&take, &mut item) == Ok(4) {
                    mine[0] += 1;
                    mine[1] += u64::from(u32::from_be_bytes(item));
                }
                unsafe { *totals.add(c as usize) = mine };
                std::process::exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    drop(take);
    for child in children {
        waitpid(child, None).unwrap();
    }
    let (mut n, mut sum) = (0, 0);
    for c in 0..consumers as usize {
        let [its_n, its_sum] = unsafe { *totals.add(c) };
        n += its_n;
        sum += its_sum;
    }
    unsafe { munmap(memory, length.get()) }.unwrap();
    println!("queue: {n} items, sum {sum}");
}
