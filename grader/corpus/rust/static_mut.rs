//! A `static mut`, which two scoped threads change.
use std::sync::Mutex;
use std::thread;

static mut TOTAL: u64 = 0;
static LOCK: Mutex<()> = Mutex::new(());

fn main() {
    thread::scope(|scope| {
        for by in [1, 2] {
            scope.spawn(move || {
                let _guard = cfg!(right).then(|| LOCK.lock().unwrap());
                unsafe { TOTAL += by };
            });
        }
    });
    println!("total {}", unsafe { *(&raw const TOTAL) });
}
