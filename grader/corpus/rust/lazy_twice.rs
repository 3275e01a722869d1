//! Made at the first use, once.
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::{ptr, thread};

static MADE: AtomicU32 = AtomicU32::new(0);
static ONCE: OnceLock<u32> = OnceLock::new();
static LAZY: AtomicPtr<u32> = AtomicPtr::new(ptr::null_mut());

fn make() -> u32 {
    MADE.fetch_add(1, Ordering::Relaxed);
    42
}

fn get() -> u32 {
    if cfg!(right) {
        return *ONCE.get_or_init(make);
    }
    let mut there = LAZY.load(Ordering::Acquire);
    if there.is_null() {
        there = Box::into_raw(Box::new(make()));
        LAZY.store(there, Ordering::Release);
    }
    unsafe { *there }
}

fn main() {
    let threads = [thread::spawn(get), thread::spawn(get)];
    let sum: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    println!("{sum}, made {}", MADE.load(Ordering::Relaxed));
}
