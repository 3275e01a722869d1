//! Right: POSIX message queues for Pipe and Queue, a named semaphore as lock, shm_open for the value; each name is taken away as soon as the object is open. The pool is rayon's.
use std::ffi::CString;
use std::io::BufRead;
use std::time::Instant;

use nix::libc;
use nix::mqueue::{MQ_OFlag, MqAttr, MqdT, mq_close, mq_open, mq_receive, mq_send, mq_unlink};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap, shm_open, shm_unlink};
use nix::sys::{stat::Mode, wait::waitpid};
use nix::unistd::{ForkResult, fork, ftruncate};

const USES: &[(&str, &str)] = &[
    ("start independent processes", "Process"),
    ("two processes talk", "Pipe"),
    ("several processes talk", "Queue"),
    ("avoid conflicts", "Lock"),
    ("share memory", "Value, Array"),
    ("many tasks in parallel, easily", "Pool"),
];

fn name(what: &str) -> CString {
    CString::new(format!("/compare-{what}-{}", std::process::id())).unwrap()
}

fn open_queue(what: &str) -> nix::Result<MqdT> {
    let name = name(what);
    let attributes = MqAttr::new(0, 8, 16, 0);
    let flags = MQ_OFlag::O_CREAT | MQ_OFlag::O_EXCL | MQ_OFlag::O_RDWR;
    let queue = mq_open(name.as_c_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR, Some(&attributes))?;
    mq_unlink(name.as_c_str())?;
    Ok(queue)
}

fn once(tool: &str, rounds: u32) -> nix::Result<u128> {
    let mut buffer = [0u8; 16];
    let start = Instant::now();
    match tool {
        "Process" => {
            for _ in 0..rounds {
                match unsafe { fork()? } {
                    ForkResult::Child => unsafe { libc::_exit(0) },
                    ForkResult::Parent { child } => waitpid(child, None)?,
                };
            }
            Ok(start.elapsed().as_nanos())
        }
        "Pipe" => {
            let (there, back) = (open_queue("there")?, open_queue("back")?);
            match unsafe { fork()? } {
                ForkResult::Child => {
                    for _ in 0..rounds {
                        let mut prio = 0;
                        let n = mq_receive(&there, &mut buffer, &mut prio).unwrap();
                        mq_send(&back, &buffer[..n], 0).unwrap();
                    }
                    unsafe { libc::_exit(0) }
                }
                ForkResult::Parent { child } => {
                    let mut prio = 0;
                    let start = Instant::now();
                    for _ in 0..rounds {
                        mq_send(&there, b"ping", 0)?;
                        mq_receive(&back, &mut buffer, &mut prio)?;
                    }
                    let time = start.elapsed();
                    waitpid(child, None)?;
                    mq_close(there)?;
                    mq_close(back)?;
                    Ok(time.as_nanos())
                }
            }
        }
        "Queue" => {
            let queue = open_queue("items")?;
            let ForkResult::Parent { child } = (unsafe { fork()? }) else {
                for item in 0..rounds {
                    mq_send(&queue, &item.to_be_bytes(), 0).unwrap();
                }
                unsafe { libc::_exit(0) }
            };
            let mut prio = 0;
            for item in 0..rounds {
                let n = mq_receive(&queue, &mut buffer, &mut prio)?;
                assert_eq!(buffer[..n], item.to_be_bytes());
            }
            let time = start.elapsed();
            waitpid(child, None)?;
            mq_close(queue)?;
            Ok(time.as_nanos())
        }
        "Lock" => unsafe {
            let name = name("lock");
            let semaphore = libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600, 1);
            if semaphore == libc::SEM_FAILED {
                return Err(nix::Error::last());
            }
            libc::sem_unlink(name.as_ptr());
            let start = Instant::now();
            for _ in 0..rounds {
                libc::sem_wait(semaphore);
                libc::sem_post(semaphore);
            }
            let time = start.elapsed();
            libc::sem_close(semaphore);
            Ok(time.as_nanos())
        },
        "Value, Array" => {
            use nix::fcntl::OFlag;
            let name = name("value");
            let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR;
            let file = shm_open(name.as_c_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
            shm_unlink(name.as_c_str())?;
            ftruncate(&file, 64)?;
            let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
            let memory = unsafe { mmap(None, 64.try_into().unwrap(), rw, MapFlags::MAP_SHARED, &file, 0)? };
            let array = memory.cast::<i32>();
            let start = Instant::now();
            for i in 0..rounds {
                unsafe {
                    let place = array.add(i as usize % 16);
                    place.write_volatile(place.read_volatile() + 1);
                }
            }
            let time = start.elapsed();
            unsafe { munmap(memory, 64)? };
            Ok(time.as_nanos())
        }
        _pool => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            let start = Instant::now();
            for i in 0..rounds as u64 {
                assert_eq!(pool.install(|| i * i), i * i);
            }
            Ok(start.elapsed().as_nanos())
        }
    }
}

fn format_cost(nanos: f64) -> String {
    let step = ((nanos.max(1.0).log10() / 3.0) as usize).min(3);
    format!("{:.2} {}", nanos / 1000f64.powi(step as i32), ["ns", "µs", "ms", "s"][step])
}

fn main() {
    let args = std::env::args().skip(1).collect::<Vec<_>>();
    let args = args.iter().map(|s| s.as_str()).collect::<Vec<_>>();
    let (chart, rounds) = match args[..] {
        ["--chart", file, rounds] => (Some(file), rounds.parse::<u32>().ok()),
        [rounds] => (None, rounds.parse().ok()),
        _ => (None, None),
    };
    let Some(rounds) = rounds.filter(|r| (1..=100000).contains(r)) else {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        std::process::exit(2);
    };
    let mut svg = vec!["<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"140\">".to_string()];
    println!("tool          main use                            cost of one");
    for (i, (need, tool)) in USES.iter().enumerate() {
        let cost = match once(tool, rounds) {
            Ok(nanos) => nanos as f64 / rounds as f64,
            Err(error) => {
                eprintln!("{tool}: {error}");
                std::process::exit(1)
            }
        };
        println!("{tool:<13} {need:<35} {}", format_cost(cost));
        svg.push(format!("<text y=\"{}\" x=\"{}\">{tool}</text>", 20 * i + 20, 60.0 * cost.max(1.0).log10()));
    }
    svg.push("</svg>".to_string());
    if let Some(chart) = chart {
        if let Err(error) = std::fs::write(chart, svg.join("\n")) {
            eprintln!("{chart}: {error}");
            std::process::exit(1);
        }
    }
    let stdin = std::io::stdin();
    let mut line = String::new();
    while stdin.lock().read_line(&mut line).unwrap() > 0 {
        let need = line.trim();
        if !need.is_empty() {
            println!("{need}: {}", USES.iter().find(|u| u.0 == need).map(|u| u.1).unwrap_or("unknown"));
        }
        line.clear();
    }
}
