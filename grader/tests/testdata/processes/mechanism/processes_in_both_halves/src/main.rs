//! Wrong: the first half is done by processes too, on a counter in shared memory; the output is right, the threads are missing.
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

fn in_children(workers: u64, job: impl Fn(u64)) {
    let mut children = Vec::new();
    for k in 0..workers {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                job(k);
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let page = unsafe { mmap_anonymous(None, NonZero::new(4096).unwrap(), rw, MapFlags::MAP_SHARED) }.unwrap();
    let shared = unsafe { page.cast::<AtomicU64>().as_ref() };
    in_children(w, |_| {
        for _ in 0..n {
            shared.fetch_add(1, SeqCst);
        }
    });
    println!("threads: counter {}", shared.load(SeqCst));

    let own = AtomicU64::new(0);
    in_children(w, |k| {
        for _ in 0..n {
            own.fetch_add(1, SeqCst);
        }
        println!("child {k}: counter {}", own.load(SeqCst));
    });
    println!("parent: counter {}", own.load(SeqCst));
}
