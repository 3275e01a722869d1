//! Wrong: believing that the parent must see the sum, it has the children report their counters over a pipe and adds them up.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe};
use std::fs::File;
use std::io::{Read, Write};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn add_up(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, Ordering::SeqCst);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let nums: Vec<u64> = args.iter().skip(1).flat_map(|a| a.parse()).collect();
    if args.len() != 3 || nums.len() != 2 || nums[0] == 0 || nums[0] > 64 || nums[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let (workers, increments) = (nums[0], nums[1]);
    let handles: Vec<_> = (0..workers).map(|_| thread::spawn(move || add_up(increments))).collect();
    for h in handles {
        h.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.load(Ordering::SeqCst));

    COUNTER.store(0, Ordering::SeqCst);
    let (reader, writer) = pipe().unwrap();
    let (mut reader, mut writer) = (File::from(reader), File::from(writer));
    let mut children = vec![];
    for i in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => {
                add_up(increments);
                let mine = COUNTER.load(Ordering::SeqCst);
                println!("child {i}: counter {mine}");
                writer.write_all(&mine.to_ne_bytes()).unwrap();
                exit(0);
            }
            ForkResult::Parent { child } => children.push(child),
        }
    }
    for child in children {
        let mut report = [0; 8];
        reader.read_exact(&mut report).unwrap();
        COUNTER.fetch_add(u64::from_ne_bytes(report), Ordering::SeqCst);
        waitpid(child, None).unwrap();
    }
    println!("parent: counter {}", COUNTER.load(Ordering::SeqCst));
}
