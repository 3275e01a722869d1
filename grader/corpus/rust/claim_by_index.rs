//! Work claimed from a shared index.
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const WORK: [u64; 3] = [3, 5, 7];

fn main() {
    let (next, sum) = (AtomicUsize::new(0), Mutex::new(0));
    let claim = || {
        if cfg!(right) {
            return next.fetch_add(1, Ordering::Relaxed);
        }
        let mine = next.load(Ordering::Relaxed);
        next.store(mine + 1, Ordering::Relaxed);
        mine
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(number) = WORK.get(claim()) {
                    *sum.lock().unwrap() += number;
                }
            });
        }
    });
    println!("sum {}", sum.into_inner().unwrap());
}
