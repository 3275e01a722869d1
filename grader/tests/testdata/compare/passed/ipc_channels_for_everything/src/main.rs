//! Right: every tool but shared memory is an ipc-channel: a token in a channel is the lock, three producers fill the queue, and the pool's processes get their tasks by channel.
use ipc_channel::ipc::{IpcReceiver, IpcSender, IpcSharedMemory, channel};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::collections::HashMap;
use std::time::Instant;

type Any<T> = Result<T, Box<dyn std::error::Error>>;

/// None in the child.
fn split() -> Any<Option<Pid>> {
    Ok(match unsafe { fork() }? {
        ForkResult::Child => None,
        ForkResult::Parent { child } => Some(child),
    })
}

fn process_tool(rounds: usize) -> Any<f64> {
    let clock = Instant::now();
    for _ in 0..rounds {
        match split()? {
            None => std::process::exit(0),
            Some(pid) => drop(waitpid(pid, None)?),
        }
    }
    Ok(clock.elapsed().as_nanos() as f64)
}

fn pipe_tool(rounds: usize) -> Any<f64> {
    let (ask, asked): (IpcSender<String>, IpcReceiver<String>) = channel()?;
    let (say, said): (IpcSender<String>, IpcReceiver<String>) = channel()?;
    let Some(pid) = split()? else {
        drop((ask, said));
        while let Ok(question) = asked.recv() {
            say.send(question.to_uppercase()).unwrap();
        }
        std::process::exit(0)
    };
    drop((asked, say));
    let clock = Instant::now();
    for i in 0..rounds {
        ask.send(format!("how are you, {i}?"))?;
        said.recv()?;
    }
    let time = clock.elapsed().as_nanos() as f64;
    drop(ask);
    waitpid(pid, None)?;
    Ok(time)
}

fn queue_tool(rounds: usize) -> Any<f64> {
    let (put, take) = channel::<(usize, String)>()?;
    let clock = Instant::now();
    let mut producers = vec![];
    for producer in 0..3 {
        match split()? {
            None => {
                for item in (producer..rounds).step_by(3) {
                    put.send((item, "item".into())).unwrap();
                }
                std::process::exit(0)
            }
            Some(pid) => producers.push(pid),
        }
    }
    drop(put);
    let mut taken = 0;
    while take.recv().is_ok() {
        taken += 1;
    }
    assert_eq!(taken, rounds);
    let time = clock.elapsed().as_nanos() as f64;
    for pid in producers {
        waitpid(pid, None)?;
    }
    Ok(time)
}

fn lock_tool(rounds: usize) -> Any<f64> {
    // Whoever has taken the token has the lock.
    let (release, acquire) = channel::<()>()?;
    release.send(())?;
    let clock = Instant::now();
    for _ in 0..rounds {
        acquire.recv()?;
        release.send(())?;
    }
    Ok(clock.elapsed().as_nanos() as f64)
}

fn value_tool(rounds: usize) -> Any<f64> {
    let mut memory = IpcSharedMemory::from_byte(0, 8);
    let clock = Instant::now();
    for i in 0..rounds {
        // Nobody else has this memory at this moment.
        let bytes = unsafe { memory.deref_mut() };
        bytes.copy_from_slice(&i.to_le_bytes());
        assert_eq!(memory[0], i as u8);
    }
    Ok(clock.elapsed().as_nanos() as f64)
}

fn pool_tool(rounds: usize) -> Any<f64> {
    let (done, results) = channel::<u64>()?;
    let mut workers: Vec<(Pid, IpcSender<u64>)> = vec![];
    for _ in 0..4 {
        let (give, tasks) = channel::<u64>()?;
        match split()? {
            None => {
                drop(give);
                workers.clear(); // my copies of the other workers' channels
                while let Ok(task) = tasks.recv() {
                    done.send(task * task).unwrap();
                }
                std::process::exit(0)
            }
            Some(pid) => workers.push((pid, give)),
        }
    }
    let clock = Instant::now();
    for task in 0..rounds {
        workers[task % 4].1.send(task as u64)?;
        results.recv()?;
    }
    let time = clock.elapsed().as_nanos() as f64;
    for (pid, give) in workers {
        drop(give);
        waitpid(pid, None)?;
    }
    Ok(time)
}

fn show(cost: f64) -> String {
    let units = [(1.0, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    let (size, unit) = units.into_iter().rev().find(|(size, _)| cost >= *size).unwrap_or(units[0]);
    format!("{:.2} {unit}", cost / size)
}

fn main() -> Any<()> {
    let mut words = std::env::args().skip(1).peekable();
    let mut chart = None;
    if words.peek().is_some_and(|word| word == "--chart") {
        words.next();
        chart = words.next();
    }
    let rounds = match (words.next().map(|word| word.parse::<usize>()), words.next()) {
        (Some(Ok(rounds)), None) if (1..=100_000).contains(&rounds) => rounds,
        _ => {
            eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
            std::process::exit(2)
        }
    };
    let tools: Vec<(&str, &str, fn(usize) -> Any<f64>)> = vec![
        ("Process", "start independent processes", process_tool),
        ("Pipe", "two processes talk", pipe_tool),
        ("Queue", "several processes talk", queue_tool),
        ("Lock", "avoid conflicts", lock_tool),
        ("Value, Array", "share memory", value_tool),
        ("Pool", "many tasks in parallel, easily", pool_tool),
    ];
    let mut advice = HashMap::new();
    let mut table = String::from("tool main use cost of one\n");
    let mut bars = String::new();
    for (i, (tool, need, run)) in tools.into_iter().enumerate() {
        let cost = run(rounds)? / rounds as f64;
        table.push_str(&format!("{tool} {need} {}\n", show(cost)));
        bars += &format!("<path d='M0 {}h{}' stroke='red'/>\n", 20 * i + 10, cost.max(1.0).log10() * 100.0);
        advice.insert(need, tool);
    }
    print!("{table}");
    if let Some(file) = chart {
        std::fs::write(file, format!("<svg xmlns='http://www.w3.org/2000/svg'>{bars}</svg>"))?;
    }
    let input = std::io::read_to_string(std::io::stdin())?;
    for need in input.lines().map(str::trim).filter(|need| !need.is_empty()) {
        println!("{need}: {}", advice.get(need).unwrap_or(&"unknown"));
    }
    Ok(())
}
