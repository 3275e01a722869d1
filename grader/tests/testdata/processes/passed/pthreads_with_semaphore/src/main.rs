//! Right: the C way, pthreads that take turns by an unnamed semaphore around a plain global, then fork and one `write` a line.
use nix::libc::{self, c_void};
use std::mem::MaybeUninit;
use std::ptr;

static mut COUNTER: i64 = 0;
static mut TURN: MaybeUninit<libc::sem_t> = MaybeUninit::uninit();
static mut INCREMENTS: i64 = 0;

extern "C" fn count(_: *mut c_void) -> *mut c_void {
    unsafe {
        let turn = (&raw mut TURN).cast::<libc::sem_t>();
        let mut i = 0;
        while i < INCREMENTS {
            while libc::sem_wait(turn) != 0 {}
            COUNTER += 1;
            libc::sem_post(turn);
            i += 1;
        }
    }
    ptr::null_mut()
}

fn put(line: String) {
    unsafe { libc::write(1, line.as_ptr().cast(), line.len()) };
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let workers = args.get(1).and_then(|a| a.parse::<i64>().ok()).unwrap_or(0);
    let increments = args.get(2).and_then(|a| a.parse::<i64>().ok()).unwrap_or(-1);
    if args.len() != 3 || workers < 1 || workers > 64 || increments < 0 || increments > 1000000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    unsafe {
        INCREMENTS = increments;
        libc::sem_init((&raw mut TURN).cast(), 0, 1);
        let mut ids: Vec<libc::pthread_t> = Vec::new();
        for _ in 0..workers {
            let mut id: libc::pthread_t = 0;
            if libc::pthread_create(&mut id, ptr::null(), count, ptr::null_mut()) != 0 {
                libc::perror(c"pthread_create".as_ptr());
                libc::exit(1);
            }
            ids.push(id);
        }
        for id in ids {
            libc::pthread_join(id, ptr::null_mut());
        }
        let total = COUNTER;
        put(format!("threads: counter {total}\n"));

        COUNTER = 0;
        let mut pids = [0; 64];
        for k in 0..workers as usize {
            pids[k] = libc::fork();
            if pids[k] == 0 {
                count(ptr::null_mut());
                let mine = COUNTER;
                put(format!("child {k}: counter {mine}\n"));
                libc::_exit(0);
            }
        }
        for k in 0..workers as usize {
            if pids[k] > 0 {
                libc::waitpid(pids[k], ptr::null_mut(), 0);
            }
        }
        let total = COUNTER;
        put(format!("parent: counter {total}\n"));
        libc::sem_destroy((&raw mut TURN).cast());
    }
}
