//! An account in shared memory, used by two processes, with a lock made of an atomic.
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::yield_now;

unsafe extern "C" {
    fn fork() -> c_int;
    fn wait(status: *mut c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn mmap(at: *mut c_void, len: usize, protection: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
}

#[repr(C)]
struct Account {
    locked: AtomicBool,
    balance: i64,
    operations: u16,
}

impl Account {
    fn deposit(&mut self, amount: i64) {
        if cfg!(right) {
            while self.locked.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
                yield_now();
            }
        }
        self.balance += amount;
        self.operations += 1;
        self.locked.store(false, Ordering::Release);
    }
}

fn main() {
    const READ_WRITE: c_int = 3;
    const SHARED_ANONYMOUS: c_int = 0x21;
    let size = size_of::<Account>();
    let account = unsafe { mmap(std::ptr::null_mut(), size, READ_WRITE, SHARED_ANONYMOUS, -1, 0).cast::<Account>() };
    for child in 1..=2 {
        if unsafe { fork() } == 0 {
            unsafe { (*account).deposit(child * 100) };
            unsafe { _exit(0) };
        }
    }
    while unsafe { wait(std::ptr::null_mut()) } > 0 {}
    let account = unsafe { &*account };
    println!("balance {}, {} operations", account.balance, account.operations);
}
