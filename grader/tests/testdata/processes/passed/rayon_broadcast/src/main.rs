//! Right: a rayon pool whose threads all count (they stay idle afterwards), then forked children.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicU64, Ordering};

static N: AtomicU64 = AtomicU64::new(0);

fn parse() -> Option<(usize, u64)> {
    let mut a = std::env::args();
    a.next()?;
    let w = a.next()?.parse().ok().filter(|w| (1..=64).contains(w))?;
    let i = a.next()?.parse().ok().filter(|i| *i <= 1_000_000)?;
    if a.next().is_some() { None } else { Some((w, i)) }
}

fn work(i: u64) {
    (0..i).for_each(|_| {
        N.fetch_add(1, Ordering::Relaxed);
    });
}

fn main() {
    let Some((w, i)) = parse() else {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2)
    };
    let t = std::time::Instant::now();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(w).build().expect("a pool");
    eprintln!("pool of {w} threads: {:?}", t.elapsed());
    // Every thread of the pool runs the closure once.
    pool.broadcast(|_| work(i));
    println!("threads: counter {}", N.load(Ordering::Relaxed));

    N.store(0, Ordering::Relaxed);
    let mut kids = Vec::with_capacity(w);
    let t = std::time::Instant::now();
    for k in 0..w {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => kids.push(child),
            ForkResult::Child => {
                work(i);
                println!("child {k}: counter {}", N.load(Ordering::Relaxed));
                unsafe { nix::libc::_exit(0) }
            }
        }
    }
    eprintln!("{w} processes: {:?}", t.elapsed());
    while let Some(kid) = kids.pop() {
        waitpid(kid, None).unwrap();
    }
    println!("parent: counter {}", N.load(Ordering::Relaxed));
}
