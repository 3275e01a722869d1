//! Right: each tool is measured by a child process, which starts the processes that it needs and reports the time through a pipe; Pipe is two siblings that talk past their parent.
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::process::exit;
use std::time::Instant;

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

fn spawn(work: impl FnOnce()) -> Pid {
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => child,
        Ok(ForkResult::Child) => {
            work();
            exit(0)
        }
        Err(error) => panic!("no new process: {error}"),
    }
}

fn wait(pid: Pid) {
    assert_eq!(waitpid(pid, None), Ok(WaitStatus::Exited(pid, 0)));
}

fn put(to: &mut PipeWriter, number: u64) {
    to.write_all(&number.to_le_bytes()).unwrap();
}

fn get(from: &mut PipeReader) -> Option<u64> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes).ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// Has `measure` run in a child, and gives the nanoseconds that it reports.
fn report(measure: impl FnOnce() -> u128) -> f64 {
    let (mut from, mut to) = pipe().unwrap();
    let child = spawn(|| {
        let time = measure();
        put(&mut to, time as u64);
    });
    let time = get(&mut from).expect("the child reports");
    wait(child);
    time as f64
}

fn talk(rounds: u64) -> f64 {
    let (asked, ask) = pipe().unwrap();
    let (said, say) = pipe().unwrap();
    let (mut result, tell) = pipe().unwrap();
    // Each sibling knows how many messages to expect, so nobody waits for an end of file.
    let answering = spawn(|| {
        let (mut asked, mut say) = (asked.try_clone().unwrap(), say.try_clone().unwrap());
        for _ in 0..rounds {
            let question = get(&mut asked).unwrap();
            put(&mut say, question * 2);
        }
    });
    let asking = spawn(|| {
        let (mut ask, mut said, mut tell) = (ask, said, tell.try_clone().unwrap());
        let start = Instant::now();
        for i in 0..rounds {
            put(&mut ask, i);
            assert_eq!(get(&mut said), Some(i * 2));
        }
        put(&mut tell, start.elapsed().as_nanos() as u64);
    });
    let time = get(&mut result).unwrap();
    wait(answering);
    wait(asking);
    time as f64
}

fn queue(rounds: u64) -> f64 {
    report(|| {
        let (mut take, put_end) = pipe().unwrap();
        let start = Instant::now();
        let producers: Vec<Pid> = [0, 1]
            .map(|odd| {
                let mut to = put_end.try_clone().unwrap();
                spawn(move || (0..rounds).filter(|i| i % 2 == odd).for_each(|i| put(&mut to, i)))
            })
            .into();
        drop(put_end);
        let sum: u64 = std::iter::from_fn(|| get(&mut take)).sum();
        let time = start.elapsed();
        assert_eq!(sum, rounds * (rounds - 1) / 2);
        producers.into_iter().for_each(wait);
        time.as_nanos()
    })
}

fn lock(rounds: u64) -> f64 {
    report(|| {
        // A byte in a pipe is the lock: who has read it may go on.
        let (mut acquire, mut release) = pipe().unwrap();
        release.write_all(b"!").unwrap();
        let mut token = [0];
        let start = Instant::now();
        for _ in 0..rounds {
            acquire.read_exact(&mut token).unwrap();
            release.write_all(&token).unwrap();
        }
        start.elapsed().as_nanos()
    })
}

fn value(rounds: u64) -> f64 {
    let memory = shared_memory::ShmemConf::new().size(8).create().unwrap();
    let address = memory.as_ptr() as *mut u64;
    let nanos = report(|| {
        let start = Instant::now();
        for i in 0..rounds {
            unsafe {
                address.write_volatile(i + 1);
                assert_eq!(address.read_volatile(), i + 1);
            }
        }
        start.elapsed().as_nanos()
    });
    assert_eq!(unsafe { address.read_volatile() }, rounds, "the parent sees what the child wrote");
    nanos
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (file, number) = match &args[..] {
        [number] => (None, number),
        [option, file, number] if option == "--chart" => (Some(file), number),
        _ => usage(),
    };
    let rounds = match number.parse::<u64>() {
        Ok(rounds @ 1..=100_000) => rounds,
        Ok(_) | Err(_) => usage(),
    };
    let process = report(|| {
        let start = Instant::now();
        (0..rounds).for_each(|_| wait(spawn(|| ())));
        start.elapsed().as_nanos()
    });
    let (pipe, queue, lock, value) = (talk(rounds), queue(rounds), lock(rounds), value(rounds));
    let pool = report(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        let start = Instant::now();
        let (results, arrived) = std::sync::mpsc::channel();
        for i in 0..rounds {
            let results = results.clone();
            pool.spawn(move || results.send(i * i).unwrap());
        }
        assert_eq!(arrived.iter().take(rounds as usize).count() as u64, rounds);
        start.elapsed().as_nanos()
    });
    let rows = [
        ("Process", "start independent processes", process),
        ("Pipe", "two processes talk", pipe),
        ("Queue", "several processes talk", queue),
        ("Lock", "avoid conflicts", lock),
        ("Value, Array", "share memory", value),
        ("Pool", "many tasks in parallel, easily", pool),
    ]
    .map(|(tool, need, nanos)| (tool, need, nanos / rounds as f64));

    println!("{:<14}{:<36}{}", "tool", "main use", "cost of one");
    for (tool, need, cost) in rows {
        println!("{tool:<14}{need:<36}{}", with_unit(cost));
    }
    if let Some(file) = file {
        let bar = |(i, (tool, _, cost)): (usize, &(&str, &str, f64))| {
            let (y, width) = (i * 25, 10.0 + 60.0 * cost.max(1.0).log10());
            format!("<rect y='{y}' width='{width:.0}' height='20' fill='gold'/><text y='{}'>{tool}</text>", y + 15)
        };
        let bars: String = rows.iter().enumerate().map(bar).collect();
        std::fs::write(file, format!("<svg xmlns='http://www.w3.org/2000/svg'>{bars}</svg>")).unwrap();
    }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    for need in input.split('\n').map(str::trim) {
        if need.is_empty() {
            continue;
        }
        match rows.iter().position(|(_, main_use, _)| *main_use == need) {
            Some(i) => println!("{need}: {}", rows[i].0),
            None => println!("{need}: unknown"),
        }
    }
}

fn with_unit(nanos: f64) -> String {
    let mut value = nanos;
    let mut units = ["ns", "µs", "ms", "s"].iter().peekable();
    while value >= 1000.0 && units.len() > 1 {
        value /= 1000.0;
        units.next();
    }
    format!("{:.2} {}", value, units.next().unwrap())
}

fn usage() -> ! {
    eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
    exit(2)
}
