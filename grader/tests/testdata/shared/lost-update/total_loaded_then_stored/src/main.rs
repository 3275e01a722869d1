//! Wrong: the total is atomic, but it is loaded and stored in two steps, once for each number, instead of added to in one.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

struct Shared<'a> {
    total: &'a AtomicI64,
    numbers: &'a [AtomicI64],
}

impl Shared<'_> {
    fn new(numbers: &[i64]) -> nix::Result<Shared<'static>> {
        let length = numbers.len() + 1;
        let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        let p = unsafe { mmap_anonymous(None, NonZeroUsize::new(length * 8).unwrap(), rw, MapFlags::MAP_SHARED)? };
        let words = unsafe { std::slice::from_raw_parts(p.cast::<AtomicI64>().as_ptr(), length) };
        for (w, n) in words[1..].iter().zip(numbers) {
            w.store(*n, Ordering::Relaxed);
        }
        Ok(Shared { total: &words[0], numbers: &words[1..] })
    }

    fn square(&self, i: usize) {
        let n = self.numbers[i].load(Ordering::SeqCst);
        self.numbers[i].store(n * n, Ordering::SeqCst);
        let total = self.total.load(Ordering::SeqCst);
        self.total.store(total + n * n, Ordering::SeqCst);
    }
}

fn main() -> nix::Result<()> {
    let args: Option<Vec<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let args = args.unwrap_or_default();
    let [workers @ 1..=64, numbers @ ..] = args.as_slice() else { return usage() };
    if numbers.len() > 20_000 || numbers.iter().any(|n| !(-1_000_000..=1_000_000).contains(n)) {
        return usage();
    }
    let shared = Shared::new(numbers)?;
    let mut children = Vec::new();
    for w in 0..*workers as usize {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for i in (w..numbers.len()).step_by(*workers as usize) {
                    shared.square(i);
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None)?;
    }
    let squares: String = shared.numbers.iter().map(|n| format!(" {}", n.load(Ordering::SeqCst))).collect();
    println!("array:{squares}");
    println!("value: {}", shared.total.load(Ordering::SeqCst));
    Ok(())
}

fn usage() -> nix::Result<()> {
    eprintln!("usage: shared WORKERS NUMBER...");
    std::process::exit(2)
}
