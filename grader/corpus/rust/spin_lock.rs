//! A spin lock of one's own: a test and a set, or one exchange.
use std::cell::UnsafeCell;
use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

struct Spin<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

unsafe impl<T: Send> Sync for Spin<T> {}

impl<T> Spin<T> {
    fn with(&self, change: impl FnOnce(&mut T)) {
        if cfg!(right) {
            while self.locked.swap(true, Ordering::Acquire) {
                hint::spin_loop();
            }
        } else {
            while self.locked.load(Ordering::Acquire) {
                hint::spin_loop();
            }
            self.locked.store(true, Ordering::Release);
        }
        change(unsafe { &mut *self.value.get() });
        self.locked.store(false, Ordering::Release);
    }
}

static COUNT: Spin<u32> = Spin { locked: AtomicBool::new(false), value: UnsafeCell::new(0) };

fn main() {
    let threads = [(); 2].map(|()| thread::spawn(|| COUNT.with(|count| *count += 1)));
    for thread in threads {
        thread.join().unwrap();
    }
    COUNT.with(|count| println!("count {count}"));
}
