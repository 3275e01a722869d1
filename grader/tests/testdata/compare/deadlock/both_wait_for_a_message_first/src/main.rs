//! Wrong: parent and child both read before they write, so each waits for the other.
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

fn process(rounds: u64) {
    for _ in 0..rounds {
        match unsafe { fork() }.unwrap() {
            ForkResult::Child => std::process::exit(0),
            ForkResult::Parent { child } => {
                waitpid(child, None).unwrap();
            }
        }
    }
}

fn pipe(rounds: u64) {
    let (mut parent, mut child) = UnixStream::pair().unwrap();
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop(parent);
            let mut byte = [0];
            while child.read_exact(&mut byte).is_ok() {
                child.write_all(&byte).unwrap();
            }
            std::process::exit(0);
        }
        ForkResult::Parent { child: pid } => {
            drop(child);
            for i in 0..rounds {
                let mut answer = [0];
                parent.read_exact(&mut answer).unwrap();
                parent.write_all(&[i as u8]).unwrap();
            }
            drop(parent);
            waitpid(pid, None).unwrap();
        }
    }
}

fn queue(rounds: u64) {
    let (mut take, mut put) = io::pipe().unwrap();
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            drop(put);
            let mut items = Vec::new();
            take.read_to_end(&mut items).unwrap();
            std::process::exit(if items.len() as u64 == 8 * rounds { 0 } else { 1 });
        }
        ForkResult::Parent { child } => {
            drop(take);
            for i in 0..rounds {
                put.write_all(&i.to_le_bytes()).unwrap();
            }
            drop(put);
            waitpid(child, None).unwrap();
        }
    }
}

fn shared() -> &'static AtomicU64 {
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let page = unsafe { mmap_anonymous(None, 4096.try_into().unwrap(), rw, MapFlags::MAP_SHARED) }.unwrap();
    unsafe { AtomicU64::from_ptr(page.as_ptr().cast()) }
}

fn lock(rounds: u64) {
    let lock = shared();
    for _ in 0..rounds {
        while lock.swap(1, Ordering::Acquire) == 1 {
            std::hint::spin_loop();
        }
        lock.store(0, Ordering::Release);
    }
}

fn value(rounds: u64) {
    let value = shared();
    for i in 0..rounds {
        value.store(i, Ordering::Relaxed);
        assert_eq!(value.load(Ordering::Relaxed), i);
    }
}

fn pool(rounds: u64) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for i in 0..rounds {
        pool.install(|| i * i);
    }
}

fn cost(nanos: f64) -> String {
    if nanos < 1e3 {
        format!("{nanos:.2} ns")
    } else if nanos < 1e6 {
        format!("{:.2} µs", nanos / 1e3)
    } else if nanos < 1e9 {
        format!("{:.2} ms", nanos / 1e6)
    } else {
        format!("{:.2} s", nanos / 1e9)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match args.as_slice() {
        [rounds] => rounds.parse::<u64>().unwrap_or(0),
        _ => 0,
    };
    if rounds < 1 || rounds > 100_000 {
        eprintln!("usage: compare ROUNDS");
        std::process::exit(2);
    }
    let tools: [(&str, &str, fn(u64)); 6] = [
        ("Process", "start independent processes", process),
        ("Pipe", "two processes talk", pipe),
        ("Queue", "several processes talk", queue),
        ("Lock", "avoid conflicts", lock),
        ("Value, Array", "share memory", value),
        ("Pool", "many tasks in parallel, easily", pool),
    ];
    println!("tool          main use                            cost of one");
    for (name, need, tool) in tools {
        let start = Instant::now();
        tool(rounds);
        let nanos = start.elapsed().as_nanos() as f64 / rounds as f64;
        println!("{name:13} {need:35} {}", cost(nanos));
    }
    for line in io::stdin().lines() {
        let line = line.unwrap();
        let need = line.trim();
        if need.is_empty() {
            continue;
        }
        match tools.iter().find(|tool| tool.1 == need) {
            Some((name, _, _)) => println!("{need}: {name}"),
            None => println!("{need}: unknown"),
        }
    }
}
