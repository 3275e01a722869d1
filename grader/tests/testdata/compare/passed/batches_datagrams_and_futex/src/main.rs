//! Right: processes are started in batches of 32 before any is waited for, datagrams carry messages and items, the lock is a futex made by hand, and scoped threads are the pool.
use nix::libc;
use std::collections::VecDeque;
use std::os::unix::net::UnixDatagram;
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

type Measured = std::io::Result<Duration>;

struct Child(libc::pid_t);

impl Child {
    fn start<F: FnOnce() -> std::io::Result<()>>(job: F) -> std::io::Result<Child> {
        match unsafe { libc::fork() } {
            -1 => Err(std::io::Error::last_os_error()),
            0 => {
                let failed = job().is_err();
                unsafe { libc::_exit(failed.into()) }
            }
            pid => Ok(Child(pid)),
        }
    }
}

// Whoever forgets a child waits for it all the same.
impl Drop for Child {
    fn drop(&mut self) {
        unsafe { libc::waitpid(self.0, ptr::null_mut(), 0) };
    }
}

fn processes(mut rounds: usize) -> Measured {
    let begin = Instant::now();
    while rounds > 0 {
        let size = rounds.min(32);
        let mut batch = Vec::with_capacity(size);
        for _ in 0..size {
            batch.push(Child::start(|| Ok(()))?);
        }
        rounds -= size;
    }
    Ok(begin.elapsed())
}

fn messages(rounds: usize) -> Measured {
    let (left, right) = UnixDatagram::pair()?;
    let _child = Child::start(|| {
        let mut buffer = [0; 100];
        for _ in 0..rounds {
            let length = right.recv(&mut buffer)?;
            buffer[..length].reverse();
            right.send(&buffer[..length])?;
        }
        Ok(())
    })?;
    let begin = Instant::now();
    for _ in 0..rounds {
        left.send(b"abc")?;
        let mut answer = [0; 3];
        left.recv(&mut answer)?;
        assert_eq!(&answer, b"cba");
    }
    Ok(begin.elapsed())
}

fn items(rounds: usize) -> Measured {
    let (put, take) = UnixDatagram::pair()?;
    let begin = Instant::now();
    let _child = Child::start(|| {
        for item in 0..rounds {
            put.send(&item.to_le_bytes())?;
        }
        Ok(())
    })?;
    for expected in 0..rounds {
        let mut item = [0; 8];
        take.recv(&mut item)?;
        assert_eq!(usize::from_le_bytes(item), expected);
    }
    Ok(begin.elapsed())
}

/// One shared page that holds a lock (word 0) and a value (word 1).
struct Page(*mut AtomicI32);

impl Page {
    fn new() -> Page {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        let page = unsafe { libc::mmap(ptr::null_mut(), 4096, access, kind, -1, 0) };
        assert_ne!(page, libc::MAP_FAILED);
        Page(page.cast())
    }
    fn word(&self, index: usize) -> &AtomicI32 {
        unsafe { &*self.0.add(index) }
    }
    // 0: free, 1: taken, 2: taken and somebody may sleep (the mutex of Drepper's 'Futexes are tricky')
    fn lock(&self) {
        let word = self.word(0);
        if word.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            return;
        }
        while word.swap(2, Ordering::Acquire) != 0 {
            unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, 2, ptr::null::<libc::timespec>()) };
        }
    }
    fn unlock(&self) {
        if self.word(0).swap(0, Ordering::Release) == 2 {
            unsafe { libc::syscall(libc::SYS_futex, self.word(0).as_ptr(), libc::FUTEX_WAKE, 1) };
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        unsafe { libc::munmap(self.0.cast(), 4096) };
    }
}

fn locks(rounds: usize) -> Measured {
    let page = Page::new();
    let begin = Instant::now();
    for _ in 0..rounds {
        page.lock();
        page.unlock();
    }
    Ok(begin.elapsed())
}

fn values(rounds: usize) -> Measured {
    let page = Page::new();
    let begin = Instant::now();
    for i in 0..rounds {
        page.word(1).store(i as i32, Ordering::Relaxed);
        std::hint::black_box(page.word(1).load(Ordering::Relaxed));
    }
    Ok(begin.elapsed())
}

fn tasks(rounds: usize) -> Measured {
    let todo = (Mutex::new((VecDeque::new(), false)), Condvar::new());
    let done = (Mutex::new(0), Condvar::new());
    let mut time = Duration::ZERO;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let mut state = todo.0.lock().unwrap();
                    let task = loop {
                        match state.0.pop_front() {
                            Some(task) => break task,
                            None if state.1 => return,
                            None => state = todo.1.wait(state).unwrap(),
                        }
                    };
                    drop(state);
                    let result: usize = task * task;
                    std::hint::black_box(result);
                    *done.0.lock().unwrap() += 1;
                    done.1.notify_one();
                }
            });
        }
        let begin = Instant::now();
        for task in 0..rounds {
            todo.0.lock().unwrap().0.push_back(task);
            todo.1.notify_one();
        }
        drop(done.1.wait_while(done.0.lock().unwrap(), |done| *done < rounds));
        time = begin.elapsed();
        todo.0.lock().unwrap().1 = true;
        todo.1.notify_all();
    });
    Ok(time)
}

fn main() -> std::io::Result<()> {
    let mut args: VecDeque<String> = std::env::args().skip(1).collect();
    let chart = if args.len() == 3 && args[0] == "--chart" { args.drain(..2).nth(1) } else { None };
    let rounds = args.pop_front().and_then(|arg| arg.parse::<usize>().ok()).unwrap_or(0);
    if !args.is_empty() || rounds < 1 || 100_000 < rounds {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        std::process::exit(2);
    }

    let times = [processes(rounds)?, messages(rounds)?, items(rounds)?, locks(rounds)?, values(rounds)?, tasks(rounds)?];
    let labels = "Process|start independent processes
Pipe|two processes talk
Queue|several processes talk
Lock|avoid conflicts
Value, Array|share memory
Pool|many tasks in parallel, easily";
    let rows: Vec<(&str, &str)> = labels.lines().map(|line| line.split_once('|').unwrap()).collect();

    println!("tool          main use                            cost of one");
    let mut drawing = String::new();
    for (i, time) in times.iter().enumerate() {
        let mean = time.as_secs_f64() / rounds as f64;
        let cost = if mean >= 1.0 {
            format!("{mean:.2} s")
        } else if mean >= 1e-3 {
            format!("{:.2} ms", mean * 1e3)
        } else if mean >= 1e-6 {
            format!("{:.2} µs", mean * 1e6)
        } else {
            format!("{:.2} ns", mean * 1e9)
        };
        println!("{:<14}{:<33}{cost:>14}", rows[i].0, rows[i].1);
        let x = 300.0 + 30.0 * mean.max(1e-10).log10();
        drawing += &format!("<line y1=\"{0}\" y2=\"{0}\" x2=\"{x:.1}\" stroke=\"black\"/>", 10 + 10 * i);
    }
    if let Some(file) = chart {
        std::fs::write(file, format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{drawing}</svg>\n"))?;
    }
    for line in std::io::stdin().lines() {
        let line = line?;
        let need = line.trim();
        if need.len() > 0 {
            let tool = rows.iter().filter(|row| row.1 == need).map(|row| row.0).next();
            println!("{need}: {}", tool.unwrap_or("unknown"));
        }
    }
    Ok(())
}
