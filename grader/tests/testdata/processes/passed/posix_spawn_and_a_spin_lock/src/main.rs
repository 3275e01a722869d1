//! Right: threads behind a spin lock that yields; children made by `posix_spawn` of this program, told apart by the environment.
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use nix::sys::wait::{WaitPidFlag, waitpid};
use std::cell::UnsafeCell;
use std::ffi::CString;
use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, process, thread};

struct Spin {
    taken: AtomicBool,
    value: UnsafeCell<u64>,
}

unsafe impl Sync for Spin {}

impl Spin {
    fn with(&self, change: impl FnOnce(&mut u64)) {
        while self.taken.swap(true, Ordering::Acquire) {
            hint::spin_loop();
            thread::yield_now();
        }
        change(unsafe { &mut *self.value.get() });
        self.taken.store(false, Ordering::Release);
    }
}

static COUNTER: Spin = Spin { taken: AtomicBool::new(false), value: UnsafeCell::new(0) };

fn get() -> u64 {
    let mut copy = 0;
    COUNTER.with(|v| copy = *v);
    copy
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let ok = args.len() == 3
        && args[1].parse::<u32>().is_ok_and(|w| w >= 1 && w <= 64)
        && args[2].parse::<u32>().is_ok_and(|i| i <= 1_000_000);
    if !ok {
        eprintln!("usage: processes WORKERS INCREMENTS");
        process::exit(2);
    }
    let workers: usize = args[1].parse().unwrap();
    let increments: u64 = args[2].parse().unwrap();
    let job = move || {
        for _ in 0..increments {
            COUNTER.with(|v| *v += 1);
        }
    };

    if let Ok(number) = env::var("PROCESSES_CHILD") {
        job();
        println!("child {number}: counter {}", get());
        return;
    }

    let mut threads = Vec::new();
    for _ in 0..workers {
        threads.push(thread::spawn(job));
    }
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", get());
    COUNTER.with(|v| *v = 0);

    let argv: Vec<CString> = args.iter().map(|a| CString::new(a.as_str()).unwrap()).collect();
    let me = CString::new("/proc/self/exe").unwrap();
    let mut pids = Vec::new();
    for k in 0..workers {
        let envp = [CString::new(format!("PROCESSES_CHILD={k}")).unwrap()];
        let actions = PosixSpawnFileActions::init().unwrap();
        let attr = PosixSpawnAttr::init().unwrap();
        pids.push(posix_spawn(&*me, &actions, &attr, &argv, &envp).unwrap());
    }
    for pid in pids {
        waitpid(pid, Some(WaitPidFlag::empty())).unwrap();
    }
    println!("parent: counter {}", get());
}
