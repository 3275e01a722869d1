//! A thread that parks goes on when it is unparked, or for no reason at all: the flag decides.
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

static READY: AtomicBool = AtomicBool::new(false);
static VALUE: AtomicU32 = AtomicU32::new(0);

fn main() {
    let reader = thread::spawn(|| {
        if cfg!(right) {
            while !READY.load(Ordering::Acquire) {
                thread::park();
            }
        } else if !READY.load(Ordering::Acquire) {
            // 'soon'
            thread::yield_now();
        }
        VALUE.load(Ordering::Relaxed)
    });
    VALUE.store(7, Ordering::Relaxed);
    READY.store(true, Ordering::Release);
    reader.thread().unpark();
    println!("{}", reader.join().unwrap());
}
