//! A notification that comes before the wait is lost, unless a flag remembers it.
use std::sync::{Condvar, Mutex};
use std::thread;

static READY: Mutex<bool> = Mutex::new(false);
static CHANGED: Condvar = Condvar::new();

fn main() {
    let waiter = thread::spawn(|| {
        let mut ready = READY.lock().unwrap();
        if cfg!(right) {
            while !*ready {
                ready = CHANGED.wait(ready).unwrap();
            }
        } else {
            ready = CHANGED.wait(ready).unwrap();
        }
        *ready
    });
    *READY.lock().unwrap() = true;
    CHANGED.notify_one();
    println!("{}", waiter.join().unwrap());
}
