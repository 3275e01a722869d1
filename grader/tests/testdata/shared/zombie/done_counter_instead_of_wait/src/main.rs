//! Wrong: the parent knows from a shared counter that all are done, prints the right result, and never waits for its children.

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::unistd::fork;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

#[repr(C)]
struct Shared {
    done: AtomicUsize,
    total: AtomicI64,
    array: [AtomicI64; 20_000],
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parsed = args.iter().map(|a| a.parse::<i64>()).collect::<Result<Vec<_>, _>>();
    let (workers, numbers) = match parsed.as_deref() {
        Ok([w @ 1..=64, n @ ..]) if n.len() <= 20_000 && n.iter().all(|n| n.abs() <= 1_000_000) => (*w as usize, n),
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            std::process::exit(2)
        }
    };
    let size = NonZeroUsize::new(size_of::<Shared>()).unwrap();
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let shared: &Shared = unsafe { mmap_anonymous(None, size, rw, MapFlags::MAP_SHARED).unwrap().cast().as_ref() };
    for (place, n) in shared.array.iter().zip(numbers) {
        place.store(*n, Ordering::SeqCst);
    }
    for w in 0..workers {
        if unsafe { fork() }.unwrap().is_child() {
            let mut sum = 0;
            for place in shared.array[..numbers.len()].iter().skip(w).step_by(workers) {
                let n = place.load(Ordering::SeqCst);
                place.store(n * n, Ordering::SeqCst);
                sum += n * n;
            }
            shared.total.fetch_add(sum, Ordering::SeqCst);
            shared.done.fetch_add(1, Ordering::SeqCst);
            std::process::exit(0);
        }
    }
    while shared.done.load(Ordering::SeqCst) < workers {
        std::thread::yield_now();
    }
    let squares: String = shared.array[..numbers.len()].iter().map(|n| format!(" {}", n.load(Ordering::SeqCst))).collect();
    println!("array:{squares}");
    println!("value: {}", shared.total.load(Ordering::SeqCst));
}
