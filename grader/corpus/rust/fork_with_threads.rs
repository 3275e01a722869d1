//! A fork while another thread holds a lock: the child's copy of it is never given back.
use std::ffi::c_int;
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;

unsafe extern "C" {
    fn fork() -> c_int;
    fn wait(status: *mut c_int) -> c_int;
    fn _exit(code: c_int) -> !;
}

static LOCK: Mutex<u32> = Mutex::new(0);

fn main() {
    let (holds, is_held) = mpsc::channel();
    let (let_go, may_go) = mpsc::channel::<()>();
    let holder = thread::spawn(move || {
        let mut value = LOCK.lock().unwrap();
        *value += 1;
        holds.send(()).unwrap();
        may_go.recv().unwrap();
    });
    is_held.recv().unwrap();
    if cfg!(right) {
        let_go.send(()).unwrap();
        while LOCK.try_lock().is_err() {
            thread::yield_now();
        }
    }
    if unsafe { fork() } == 0 {
        let value = *LOCK.lock().unwrap();
        unsafe { _exit(if value == 1 { 0 } else { 1 }) };
    }
    if !cfg!(right) {
        let_go.send(()).unwrap();
    }
    let mut status = 0;
    unsafe { wait(&mut status) };
    holder.join().unwrap();
    println!("status {status}");
}
