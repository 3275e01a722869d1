//! Right: a shared counter says which number is next; each worker draws from it until there are no more, so the parts differ from run to run.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::wait;
use nix::unistd::fork;
use std::num::NonZeroUsize;

const MOST: usize = 20_000;

struct Shared {
    next: AtomicUsize,
    total: AtomicI64,
    numbers: [AtomicI64; MOST],
}

fn worker(shared: &Shared, count: usize) {
    let mut sum = 0;
    loop {
        let i = shared.next.fetch_add(1, Ordering::Relaxed);
        if i >= count {
            break;
        }
        let n = shared.numbers[i].load(Ordering::Relaxed);
        shared.numbers[i].store(n * n, Ordering::Relaxed);
        sum += n * n;
    }
    shared.total.fetch_add(sum, Ordering::Relaxed);
}

fn parse() -> Option<(usize, Vec<i64>)> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (first, rest) = args.split_first()?;
    let workers = first.parse().ok()?;
    let numbers = rest.iter().map(|a| a.parse().ok()).collect::<Option<Vec<i64>>>()?;
    let fine = (1..=64).contains(&workers)
        && numbers.len() <= MOST
        && numbers.iter().all(|n| *n >= -1_000_000 && *n <= 1_000_000);
    fine.then_some((workers, numbers))
}

fn main() {
    let Some((workers, numbers)) = parse() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2)
    };
    let size = NonZeroUsize::new(size_of::<Shared>()).unwrap();
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    // zeros are what all fields start from
    let shared: &Shared = unsafe { mmap_anonymous(None, size, rw, MapFlags::MAP_SHARED).unwrap().cast().as_ref() };
    for (to, from) in shared.numbers.iter().zip(&numbers) {
        to.store(*from, Ordering::Relaxed);
    }

    for _ in 0..workers {
        if unsafe { fork() }.unwrap().is_child() {
            worker(shared, numbers.len());
            std::process::exit(0);
        }
    }
    for _ in 0..workers {
        wait().unwrap();
    }

    let mut out = String::from("array:");
    for n in &shared.numbers[..numbers.len()] {
        out.push(' ');
        out.push_str(&n.load(Ordering::Relaxed).to_string());
    }
    println!("{out}\nvalue: {}", shared.total.load(Ordering::Relaxed));
}
