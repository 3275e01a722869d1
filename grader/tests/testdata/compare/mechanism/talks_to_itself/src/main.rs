//! Wrong: writes into both pipes and reads from them in the same process; the only other processes are those of Process.
use nix::libc;
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::time::{Duration, Instant};

/// Runs `body` in a child process, and gives its id.
fn start(body: &dyn Fn()) -> i32 {
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        body();
        unsafe { libc::_exit(0) }
    }
    assert!(pid > 0);
    pid
}

fn join(pid: i32) {
    let mut status = 0;
    unsafe { libc::waitpid(pid, &mut status, 0) };
}

fn time(f: impl FnOnce()) -> Duration {
    let t0 = Instant::now();
    f();
    t0.elapsed()
}

fn main() {
    let n: usize = match (std::env::args().nth(1).map(|x| x.parse()), std::env::args().len()) {
        (Some(Ok(n)), 2) if n >= 1 && n <= 100_000 => n,
        _ => {
            eprintln!("usage: compare ROUNDS");
            std::process::exit(2);
        }
    };
    let mut costs: Vec<(&str, &str, Duration)> = vec![];

    let t = time(|| (0..n).for_each(|_| join(start(&|| ()))));
    costs.push(("Process", "start independent processes", t));

    // PIPE
    let (mut r1, mut w1) = std::io::pipe().unwrap();
    let (mut r2, mut w2) = std::io::pipe().unwrap();
    let t = time(|| {
        let mut word = *b"ping";
        for _ in 0..n {
            w1.write_all(&word).unwrap();
            r1.read_exact(&mut word).unwrap();
            w2.write_all(&word).unwrap();
            r2.read_exact(&mut word).unwrap();
        }
    });
    costs.push(("Pipe", "two processes talk", t));

    // QUEUE
    let (put, take) = std::sync::mpsc::channel();
    let t = time(|| {
        for i in 0..n {
            put.send(i).unwrap();
            assert_eq!(take.recv(), Ok(i));
        }
    });
    costs.push(("Queue", "several processes talk", t));

    // LOCK
    let memory = shared_memory::ShmemConf::new().size(64).create().unwrap();
    let semaphore = memory.as_ptr() as *mut libc::sem_t;
    unsafe { libc::sem_init(semaphore, 1, 1) };
    let t = time(|| {
        for _ in 0..n {
            unsafe {
                libc::sem_wait(semaphore);
                libc::sem_post(semaphore);
            }
        }
    });
    costs.push(("Lock", "avoid conflicts", t));

    // VALUE
    let memory = shared_memory::ShmemConf::new().size(64).create().unwrap();
    let value = memory.as_ptr() as *mut usize;
    let t = time(|| {
        for i in 0..n {
            unsafe {
                value.write_volatile(i);
                value.read_volatile();
            }
        }
    });
    costs.push(("Value, Array", "share memory", t));

    // POOL
    let t = time(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for i in 0..n {
            assert_eq!(pool.install(move || i + 1), i + 1);
        }
    });
    costs.push(("Pool", "many tasks in parallel, easily", t));

    println!("tool main use cost of one");
    let mut answers = BTreeMap::new();
    for (tool, need, duration) in costs {
        let ns = duration.as_nanos() as f64 / n as f64;
        let (number, unit) = match ns as u64 {
            0..=999 => (ns, "ns"),
            1_000..=999_999 => (ns / 1e3, "µs"),
            1_000_000..=999_999_999 => (ns / 1e6, "ms"),
            _ => (ns / 1e9, "s"),
        };
        println!("{tool:<14}{need:<36}{number:.2} {unit}");
        answers.insert(need, tool);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let need = line.trim();
        if need != "" {
            println!("{need}: {}", answers.get(need).unwrap_or(&"unknown"));
        }
    }
}
