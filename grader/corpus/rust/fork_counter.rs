//! Processes made by `fork` count in an atomic that lies in shared memory, or in their own.
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

unsafe extern "C" {
    fn fork() -> c_int;
    fn wait(status: *mut c_int) -> c_int;
    fn _exit(code: c_int) -> !;
    fn mmap(at: *mut c_void, len: usize, protection: c_int, flags: c_int, file: c_int, offset: i64) -> *mut c_void;
}

const READ_WRITE: c_int = 3;
const SHARED_ANONYMOUS: c_int = 0x21;
const PRIVATE_ANONYMOUS: c_int = 0x22;

fn main() {
    let flags = if cfg!(right) { SHARED_ANONYMOUS } else { PRIVATE_ANONYMOUS };
    let place = unsafe { mmap(std::ptr::null_mut(), 4096, READ_WRITE, flags, -1, 0) };
    let counter = unsafe { AtomicU64::from_ptr(place.cast()) };
    for _ in 0..2 {
        if unsafe { fork() } == 0 {
            counter.fetch_add(1, Ordering::SeqCst);
            unsafe { _exit(0) };
        }
    }
    for _ in 0..2 {
        unsafe { wait(std::ptr::null_mut()) };
    }
    println!("{}", counter.load(Ordering::SeqCst));
}
