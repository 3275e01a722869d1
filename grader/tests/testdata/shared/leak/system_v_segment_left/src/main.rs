//! Wrong: detaching a System V segment does not remove it; without IPC_RMID it stays until the machine restarts.

use nix::libc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut numbers = Vec::with_capacity(args.len());
    for (i, a) in args.iter().enumerate() {
        match a.parse::<i64>() {
            Ok(n) if i == 0 && n >= 1 && n <= 64 => numbers.push(n),
            Ok(n) if i > 0 && n.abs() <= 1_000_000 => numbers.push(n),
            _ => numbers.clear(),
        }
    }
    if numbers.is_empty() || numbers.len() != args.len() || numbers.len() > 20_001 {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let workers = numbers.remove(0) as usize;

    unsafe {
        let id = libc::shmget(libc::IPC_PRIVATE, 8 * (numbers.len() + 1), libc::IPC_CREAT | 0o600);
        assert!(id >= 0);
        let base = libc::shmat(id, std::ptr::null(), 0);
        assert!(base as isize != -1);
        let words = std::slice::from_raw_parts(base as *const AtomicI64, numbers.len() + 1);
        let (total, array) = words.split_first().unwrap();
        for (a, n) in array.iter().zip(&numbers) {
            a.store(*n, SeqCst);
        }
        for w in 0..workers {
            let pid = libc::fork();
            assert!(pid >= 0);
            if pid == 0 {
                let mut sum = 0;
                for a in array.iter().skip(w).step_by(workers) {
                    let n = a.load(SeqCst);
                    a.store(n * n, SeqCst);
                    sum += n * n;
                }
                total.fetch_add(sum, SeqCst);
                libc::_exit(0);
            }
        }
        for _ in 0..workers {
            libc::wait(std::ptr::null_mut());
        }
        let squares = array.iter().map(|a| a.load(SeqCst).to_string()).collect::<Vec<_>>();
        println!("array: {}", squares.join(" "));
        println!("value: {}", total.load(SeqCst));
        libc::shmdt(base);
    }
}
