//! Wrong: the memory is mapped with MAP_PRIVATE, so each child gets a copy of a page as soon as it writes to it.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<i64> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if numbers.len() != args.len()
        || numbers.is_empty()
        || numbers.len() > 20_001
        || !(1..=64).contains(&numbers[0])
        || numbers[1..].iter().any(|n| n.abs() > 1_000_000)
    {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let workers = numbers[0] as usize;
    let numbers = &numbers[1..];

    let words = unsafe {
        let p = libc::mmap(
            std::ptr::null_mut(),
            8 * (numbers.len() + 1),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        assert_ne!(p, libc::MAP_FAILED);
        std::slice::from_raw_parts(p.cast::<AtomicI64>(), numbers.len() + 1)
    };
    for (i, n) in numbers.iter().enumerate() {
        words[i].store(*n, Ordering::SeqCst);
    }
    let mut children = vec![];
    for w in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for i in numbers.len() * w / workers..numbers.len() * (w + 1) / workers {
                    let n = words[i].load(Ordering::SeqCst);
                    words[i].store(n * n, Ordering::SeqCst);
                    sum += n * n;
                }
                words[numbers.len()].fetch_add(sum, Ordering::SeqCst);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    print!("array:");
    for word in &words[..numbers.len()] {
        print!(" {}", word.load(Ordering::SeqCst));
    }
    println!();
    println!("value: {}", words[numbers.len()].load(Ordering::SeqCst));
}
