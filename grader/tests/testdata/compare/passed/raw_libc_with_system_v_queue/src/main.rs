//! Right: everything by hand through libc: fork, two pipes, a System V message queue, a process-shared mutex, System V memory, and a pool of processes on pipes.
use nix::libc::*;
use std::io::BufRead;
use std::mem::zeroed;
use std::ptr::null_mut;

fn now() -> f64 {
    unsafe {
        let mut t: timespec = zeroed();
        clock_gettime(CLOCK_MONOTONIC, &mut t);
        t.tv_sec as f64 * 1e9 + t.tv_nsec as f64
    }
}

fn check(result: i32, what: &str) -> i32 {
    if result < 0 {
        eprintln!("{what}: {}", std::io::Error::last_os_error());
        std::process::exit(1);
    }
    result
}

fn new_pipe() -> [i32; 2] {
    let mut ends = [0; 2];
    check(unsafe { pipe(ends.as_mut_ptr()) }, "pipe");
    ends
}

// Four bytes are written and read in one piece: pipes keep pieces this small together.
unsafe fn send(fd: i32, value: i32) -> bool {
    unsafe { write(fd, (&raw const value).cast(), 4) == 4 }
}

unsafe fn receive(fd: i32) -> Option<i32> {
    let mut value = 0i32;
    unsafe { (read(fd, (&raw mut value).cast(), 4) == 4).then_some(value) }
}

unsafe fn processes(rounds: i32) -> f64 {
    let start = now();
    for _ in 0..rounds {
        unsafe {
            let pid = check(fork(), "fork");
            if pid == 0 {
                _exit(0);
            }
            waitpid(pid, null_mut(), 0);
        }
    }
    now() - start
}

unsafe fn pipes(rounds: i32) -> f64 {
    unsafe {
        let [there_out, there_in] = new_pipe();
        let [back_out, back_in] = new_pipe();
        let pid = check(fork(), "fork");
        if pid == 0 {
            close(there_in);
            close(back_out);
            while let Some(value) = receive(there_out) {
                send(back_in, value + 1);
            }
            _exit(0);
        }
        close(there_out);
        close(back_in);
        let start = now();
        for i in 0..rounds {
            send(there_in, i);
            if receive(back_out) != Some(i + 1) {
                eprintln!("a wrong answer");
            }
        }
        let time = now() - start;
        close(there_in);
        close(back_out);
        waitpid(pid, null_mut(), 0);
        time
    }
}

#[repr(C)]
struct Message {
    kind: c_long,
    number: i32,
}

unsafe fn queue(rounds: i32) -> f64 {
    unsafe {
        let id = check(msgget(IPC_PRIVATE, IPC_CREAT | 0o600), "msgget");
        let pid = check(fork(), "fork");
        if pid == 0 {
            for number in 0..rounds {
                let message = Message { kind: 1, number };
                if msgsnd(id, (&raw const message).cast(), 4, 0) != 0 {
                    _exit(1);
                }
            }
            _exit(0);
        }
        let start = now();
        let mut message: Message = zeroed();
        for _ in 0..rounds {
            msgrcv(id, (&raw mut message).cast(), 4, 0, 0);
        }
        let time = now() - start;
        waitpid(pid, null_mut(), 0);
        msgctl(id, IPC_RMID, null_mut());
        time
    }
}

unsafe fn lock(rounds: i32) -> f64 {
    unsafe {
        let size = size_of::<pthread_mutex_t>();
        let memory = mmap(null_mut(), size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if memory == MAP_FAILED {
            check(-1, "mmap");
        }
        let mutex: *mut pthread_mutex_t = memory.cast();
        let mut attributes: pthread_mutexattr_t = zeroed();
        pthread_mutexattr_init(&mut attributes);
        pthread_mutexattr_setpshared(&mut attributes, PTHREAD_PROCESS_SHARED);
        pthread_mutex_init(mutex, &attributes);
        let start = now();
        for _ in 0..rounds {
            pthread_mutex_lock(mutex);
            pthread_mutex_unlock(mutex);
        }
        let time = now() - start;
        pthread_mutex_destroy(mutex);
        munmap(memory, size);
        time
    }
}

unsafe fn value(rounds: i32) -> f64 {
    unsafe {
        let id = check(shmget(IPC_PRIVATE, 8, IPC_CREAT | 0o600), "shmget");
        let memory = shmat(id, null_mut(), 0) as *mut i64;
        shmctl(id, IPC_RMID, null_mut()); // goes away with the last process that has it
        let start = now();
        for i in 0..rounds {
            memory.write_volatile(i as i64);
            memory.read_volatile();
        }
        let time = now() - start;
        shmdt(memory.cast());
        time
    }
}

unsafe fn pool(rounds: i32) -> f64 {
    unsafe {
        let [tasks_out, tasks_in] = new_pipe();
        let [results_out, results_in] = new_pipe();
        let mut workers = [0; 3];
        for worker in &mut workers {
            *worker = check(fork(), "fork");
            if *worker == 0 {
                close(tasks_in);
                close(results_out);
                while let Some(n) = receive(tasks_out) {
                    send(results_in, n.wrapping_mul(n));
                }
                _exit(0);
            }
        }
        close(tasks_out);
        close(results_in);
        let start = now();
        for n in 0..rounds {
            send(tasks_in, n);
            receive(results_out);
        }
        let time = now() - start;
        close(tasks_in);
        close(results_out);
        for worker in workers {
            waitpid(worker, null_mut(), 0);
        }
        time
    }
}

fn pretty(ns: f64) -> String {
    if ns >= 1e9 {
        format!("{:.2} s", ns / 1e9)
    } else if ns >= 1e6 {
        format!("{:.2} ms", ns / 1e6)
    } else if ns >= 1e3 {
        format!("{:.2} µs", ns / 1e3)
    } else {
        format!("{ns:.2} ns")
    }
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut chart = None;
    if args.len() == 3 && args[0] == "--chart" {
        chart = Some(args[1].clone());
        args.drain(..2);
    }
    let rounds = if args.len() == 1 { args[0].parse().unwrap_or(0) } else { 0 };
    if rounds < 1 || rounds > 100_000 {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        std::process::exit(2);
    }
    let names = ["Process", "Pipe", "Queue", "Lock", "Value, Array", "Pool"];
    let uses = [
        "start independent processes",
        "two processes talk",
        "several processes talk",
        "avoid conflicts",
        "share memory",
        "many tasks in parallel, easily",
    ];
    let functions: [unsafe fn(i32) -> f64; 6] = [processes, pipes, queue, lock, value, pool];
    println!("tool          main use                            cost of one");
    let mut picture = String::from("<svg xmlns='http://www.w3.org/2000/svg' width='700' height='200'>");
    for i in 0..6 {
        let cost = unsafe { functions[i](rounds) } / rounds as f64;
        println!("{:13} {:30} {:>16}", names[i], uses[i], pretty(cost));
        let width = 50.0 * (cost.max(0.1).log10() + 1.0);
        picture += &format!("<rect x='100' y='{}' height='20' width='{width}'/>", 30 * i);
        picture += &format!("<text x='0' y='{}'>{}</text>", 30 * i + 15, names[i]);
    }
    if let Some(file) = chart {
        std::fs::write(file, picture + "</svg>").expect("the chart can be written");
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let need = line.trim();
        if need == "" {
            continue;
        }
        let mut answer = "unknown";
        for i in 0..6 {
            if uses[i] == need {
                answer = names[i];
            }
        }
        println!("{need}: {answer}");
    }
}
