//! Wrong: a fine queue, but the items lie in a ring of shared memory with semaphores beside it
//! and never go through the kernel, which this topic asks for.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::io::{BufRead, BufReader, Write};
use std::process::exit;

const ROOM: usize = 16;
const LAST: u64 = u64::MAX;

#[repr(C)]
struct Ring {
    free: libc::sem_t,
    filled: libc::sem_t,
    lock: libc::sem_t,
    first: usize,
    next: usize,
    items: [u64; ROOM],
    totals: [[u64; 2]; 64],
}

unsafe fn down(semaphore: *mut libc::sem_t) {
    while unsafe { libc::sem_wait(semaphore) } != 0 {}
}

unsafe fn put(ring: *mut Ring, item: u64) {
    unsafe {
        down(&raw mut (*ring).free);
        down(&raw mut (*ring).lock);
        (*ring).items[(*ring).next] = item;
        (*ring).next = ((*ring).next + 1) % ROOM;
        libc::sem_post(&raw mut (*ring).lock);
        libc::sem_post(&raw mut (*ring).filled);
    }
}

unsafe fn take(ring: *mut Ring) -> u64 {
    unsafe {
        down(&raw mut (*ring).filled);
        down(&raw mut (*ring).lock);
        let item = (*ring).items[(*ring).first];
        (*ring).first = ((*ring).first + 1) % ROOM;
        libc::sem_post(&raw mut (*ring).lock);
        libc::sem_post(&raw mut (*ring).free);
        item
    }
}

fn start(work: impl FnOnce()) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            exit(0)
        }
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[producers @ 1..=64, consumers @ 1..=64, items @ 0..=1_000_000] = &args[..] else {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    };
    let (questions, mut ask) = std::io::pipe().unwrap();
    let (answers, mut answer) = std::io::pipe().unwrap();
    let child = match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop((ask, answers));
            for line in BufReader::new(questions).lines() {
                answer.write_all((line.unwrap().to_uppercase() + "\n").as_bytes()).unwrap();
            }
            exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    drop((questions, answer));
    let mut answers = BufReader::new(answers).lines();
    let mut messages = 0;
    for line in std::io::stdin().lines() {
        ask.write_all((line.unwrap() + "\n").as_bytes()).unwrap();
        println!("pipe: {}", answers.next().unwrap().unwrap());
        messages += 1;
    }
    drop(ask);
    waitpid(child, None).unwrap();
    println!("pipe: closed after {messages} messages");

    let ring = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let memory = libc::mmap(std::ptr::null_mut(), size_of::<Ring>(), protection, flags, -1, 0);
        assert_ne!(memory, libc::MAP_FAILED);
        let ring = memory.cast::<Ring>();
        libc::sem_init(&raw mut (*ring).free, 1, ROOM as u32);
        libc::sem_init(&raw mut (*ring).filled, 1, 0);
        libc::sem_init(&raw mut (*ring).lock, 1, 1);
        ring
    };
    let takers: Vec<Pid> = (0..consumers as usize)
        .map(|c| {
            start(|| unsafe {
                let mut totals = [0, 0];
                loop {
                    match take(ring) {
                        LAST => break,
                        item => totals = [totals[0] + 1, totals[1] + item],
                    }
                }
                (*ring).totals[c] = totals;
            })
        })
        .collect();
    let putters: Vec<Pid> =
        (0..producers).map(|p| start(|| (p * items..p * items + items).for_each(|i| unsafe { put(ring, i) }))).collect();
    for pid in putters {
        waitpid(pid, None).unwrap();
    }
    for _ in 0..consumers {
        unsafe { put(ring, LAST) };
    }
    for pid in takers {
        waitpid(pid, None).unwrap();
    }
    let (mut count, mut sum) = (0, 0);
    for [its_count, its_sum] in unsafe { (*ring).totals } {
        count += its_count;
        sum += its_sum;
    }
    println!("queue: {count} items, sum {sum}");
}
