//! Right: children are this program executed again with a hidden first argument; file locks and memory mapped from a file in the temporary folder; a pool of std threads.
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZeroUsize;
use std::process::{self, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::{Flock, FlockArg};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};

fn again(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().expect("this program has a file"));
    command.arg(role);
    command
}

fn measure_process(rounds: u32) -> io::Result<Duration> {
    let t = Instant::now();
    for _ in 0..rounds {
        let status = again("@nothing").stdin(Stdio::null()).status()?;
        assert!(status.success());
    }
    Ok(t.elapsed())
}

fn measure_pipe(rounds: u32) -> io::Result<Duration> {
    let mut echo = again("@echo").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut to = echo.stdin.take().unwrap();
    let mut from = BufReader::new(echo.stdout.take().unwrap());
    let mut answer = String::new();
    let t = Instant::now();
    for i in 0..rounds {
        writeln!(to, "message {i}")?;
        answer.clear();
        from.read_line(&mut answer)?;
    }
    let elapsed = t.elapsed();
    drop(to);
    echo.wait()?;
    Ok(elapsed)
}

fn measure_queue(rounds: u32) -> io::Result<Duration> {
    let mut counter = again("@count").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let t = Instant::now();
    {
        let mut put = counter.stdin.take().unwrap();
        for i in 0..rounds {
            writeln!(put, "{i}")?;
        }
    }
    let mut count = String::new();
    BufReader::new(counter.stdout.take().unwrap()).read_line(&mut count)?;
    let elapsed = t.elapsed();
    counter.wait()?;
    assert_eq!(count.trim().parse(), Ok(rounds));
    Ok(elapsed)
}

fn scratch_file() -> io::Result<File> {
    let path = env::temp_dir().join(format!("compare-{}", process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?; // the open file is enough, and nothing can stay behind
    file.set_len(8)?;
    Ok(file)
}

fn measure_lock(rounds: u32) -> io::Result<Duration> {
    let mut file = scratch_file()?;
    let t = Instant::now();
    for _ in 0..rounds {
        file = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error)?.unlock().map_err(|(_, error)| error)?;
    }
    Ok(t.elapsed())
}

fn measure_value(rounds: u32) -> io::Result<Duration> {
    let file = scratch_file()?;
    let length = NonZeroUsize::new(8).unwrap();
    let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let memory = unsafe { mmap(None, length, access, MapFlags::MAP_SHARED, &file, 0) }?;
    let number = memory.cast::<u64>();
    let t = Instant::now();
    for i in 0..rounds {
        unsafe {
            number.write_volatile(i.into());
            assert_eq!(number.read_volatile(), i.into());
        }
    }
    let elapsed = t.elapsed();
    unsafe { munmap(memory, 8) }?;
    Ok(elapsed)
}

fn measure_pool(rounds: u32) -> io::Result<Duration> {
    let (give, tasks) = mpsc::channel::<u64>();
    let (answer, results) = mpsc::channel();
    let tasks = Arc::new(Mutex::new(tasks));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let tasks = Arc::clone(&tasks);
            let answer = answer.clone();
            thread::spawn(move || {
                loop {
                    let Ok(task) = tasks.lock().unwrap().recv() else { break };
                    answer.send(task * task).unwrap();
                }
            })
        })
        .collect();
    let t = Instant::now();
    for i in 0..rounds {
        give.send(i.into()).unwrap();
        results.recv().unwrap();
    }
    let elapsed = t.elapsed();
    drop(give);
    for worker in workers {
        worker.join().unwrap();
    }
    Ok(elapsed)
}

fn text(duration: Duration, rounds: u32) -> String {
    let nanos = duration.as_secs_f64() * 1e9 / rounds as f64;
    let (mut value, mut unit) = (nanos, "ns");
    for next in ["µs", "ms", "s"] {
        if value >= 1000.0 {
            (value, unit) = (value / 1000.0, next);
        }
    }
    format!("{value:.2} {unit}")
}

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().collect();
    match args.get(1).map(String::as_str) {
        Some("@nothing") => return Ok(()),
        Some("@echo") => {
            for line in io::stdin().lines() {
                println!("{}", line?);
            }
            return Ok(());
        }
        Some("@count") => {
            println!("{}", io::stdin().lines().count());
            return Ok(());
        }
        _ => {}
    }
    let (file, rounds) = match &args[1..] {
        [n] => (None, n.parse().unwrap_or(0)),
        [flag, file, n] if flag == "--chart" => (Some(file), n.parse().unwrap_or(0)),
        _ => (None, 0),
    };
    if !(1..=100_000u32).contains(&rounds) {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        process::exit(2);
    }
    let rows = [
        ("Process", "start independent processes", measure_process(rounds)?),
        ("Pipe", "two processes talk", measure_pipe(rounds)?),
        ("Queue", "several processes talk", measure_queue(rounds)?),
        ("Lock", "avoid conflicts", measure_lock(rounds)?),
        ("Value, Array", "share memory", measure_value(rounds)?),
        ("Pool", "many tasks in parallel, easily", measure_pool(rounds)?),
    ];
    println!("{:14}{:36}cost of one", "tool", "main use");
    for (tool, main_use, duration) in &rows {
        println!("{tool:14}{main_use:36}{}", text(*duration, rounds));
    }
    if let Some(file) = file {
        let mut svg = File::create(file)?;
        writeln!(svg, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 130">"#)?;
        for (i, (tool, _, duration)) in rows.iter().enumerate() {
            let nanos = (duration.as_secs_f64() * 1e9 / rounds as f64).max(1.0);
            let (y, width) = (20 * i + 5, nanos.log10() * 40.0 + 1.0);
            writeln!(svg, r#"<rect y="{y}" width="{width}" height="15" fill="teal"/>"#)?;
            writeln!(svg, r#"<text y="{}">{tool} {}</text>"#, y + 12, text(*duration, rounds))?;
        }
        writeln!(svg, "</svg>")?;
    }
    for need in io::stdin().lines() {
        let need = need?;
        match (need.trim(), rows.iter().find(|row| row.1 == need.trim())) {
            ("", _) => {}
            (need, Some((tool, ..))) => println!("{need}: {tool}"),
            (need, None) => println!("{need}: unknown"),
        }
    }
    Ok(())
}
