//! Wrong: a `static mut` that the threads add to without any lock.
use nix::libc;

static mut COUNTER: u32 = 0;

fn count(n: u32) {
    for _ in 0..n {
        unsafe { COUNTER += 1 };
    }
}

fn value() -> u32 {
    unsafe { COUNTER }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let parsed = match &args[1..] {
        [w, n] => w.parse::<u32>().ok().zip(n.parse::<u32>().ok()),
        _ => None,
    };
    let (w, n) = parsed.filter(|(w, n)| *w >= 1 && *w <= 64 && *n <= 1_000_000).unwrap_or_else(|| {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2)
    });
    let mut handles = Vec::new();
    for _ in 0..w {
        handles.push(std::thread::spawn(move || count(n)));
    }
    for h in handles {
        h.join().unwrap();
    }
    println!("threads: counter {}", value());
    unsafe { COUNTER = 0 };
    for k in 0..w {
        if unsafe { libc::fork() } == 0 {
            count(n);
            println!("child {k}: counter {}", value());
            unsafe { libc::_exit(0) };
        }
    }
    for _ in 0..w {
        unsafe { libc::wait(std::ptr::null_mut()) };
    }
    println!("parent: counter {}", value());
}
