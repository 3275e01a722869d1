//! Right: two FIFOs as Pipe, one FIFO as Queue, flock on a file as Lock, a memfd as Value, and a pool of two processes on socket pairs; the folder with the FIFOs is removed before the end.
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Instant;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::sys::{stat::Mode, wait::waitpid};
use nix::unistd::{ForkResult, Pid, fork, ftruncate, mkfifo};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("compare-fifos-{}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        Folder(path)
    }
    fn fifo(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        mkfifo(&path, Mode::S_IRWXU).expect("a new fifo");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The child never comes back from `work`, so it drops nothing of the parent's.
fn child(work: impl FnOnce()) -> Pid {
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            work();
            unsafe { nix::libc::_exit(0) }
        }
    }
}

fn process(n: u32) -> u128 {
    let start = Instant::now();
    (0..n).for_each(|_| drop(waitpid(child(|| ()), None)));
    start.elapsed().as_nanos()
}

fn pipe(n: u32) -> u128 {
    let folder = Folder::new();
    let (there, back) = (folder.fifo("there"), folder.fifo("back"));
    let partner = child(|| {
        // Opening a FIFO waits for the other side: both sides open them in the same order.
        let mut input = File::open(&there).unwrap();
        let mut output = File::create(&back).unwrap();
        let mut byte = [0];
        while input.read(&mut byte).unwrap() == 1 {
            output.write_all(&byte).unwrap();
        }
    });
    let mut output = File::create(&there).unwrap();
    let mut input = File::open(&back).unwrap();
    let start = Instant::now();
    for i in 0..n {
        let mut answer = [0];
        output.write_all(&[i as u8]).unwrap();
        input.read_exact(&mut answer).unwrap();
        assert_eq!(answer[0], i as u8);
    }
    let time = start.elapsed();
    drop(output);
    waitpid(partner, None).unwrap();
    time.as_nanos()
}

fn queue(n: u32) -> u128 {
    let folder = Folder::new();
    let path = folder.fifo("items");
    let producer = child(|| {
        let mut put = File::create(&path).unwrap();
        for i in 0..n {
            put.write_all(&i.to_ne_bytes()).unwrap();
        }
    });
    let mut take = File::open(&path).unwrap();
    let start = Instant::now();
    let mut items = 0;
    let mut item = [0; 4];
    while take.read_exact(&mut item).is_ok() {
        items += 1;
    }
    let time = start.elapsed();
    assert_eq!(items, n);
    waitpid(producer, None).unwrap();
    time.as_nanos()
}

fn lock(n: u32) -> u128 {
    let folder = Folder::new();
    let path = folder.0.join("lock");
    let mut file = File::create(&path).unwrap();
    let start = Instant::now();
    for _ in 0..n {
        let locked = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, e)| e).unwrap();
        file = locked.unlock().map_err(|(_, e)| e).unwrap();
    }
    start.elapsed().as_nanos()
}

fn value(n: u32) -> u128 {
    let fd = memfd_create(c"value", MFdFlags::MFD_CLOEXEC).unwrap();
    ftruncate(&fd, 4096).unwrap();
    let memory = unsafe {
        mmap(None, 4096.try_into().unwrap(), ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &fd, 0)
    }
    .unwrap();
    let pointer = memory.as_ptr() as *mut f64;
    let start = Instant::now();
    for i in 0..n {
        unsafe { pointer.write_volatile(i as f64) };
        let seen = unsafe { pointer.read_volatile() };
        assert!(seen == i as f64);
    }
    let time = start.elapsed().as_nanos();
    unsafe { munmap(memory, 4096).unwrap() };
    time
}

fn pool(n: u32) -> u128 {
    let mut workers: Vec<(UnixStream, Pid)> = Vec::new();
    for _ in 0..2 {
        let (mine, mut its) = UnixStream::pair().unwrap();
        let mut inherited: Vec<&UnixStream> = workers.iter().map(|(stream, _)| stream).collect();
        inherited.push(&mine);
        let pid = child(|| {
            // Ends that this child only inherited must not stay open here.
            for stream in &inherited {
                nix::unistd::close(std::os::fd::AsRawFd::as_raw_fd(*stream)).unwrap();
            }
            let mut task = [0; 8];
            while its.read_exact(&mut task).is_ok() {
                let result = i64::from_le_bytes(task).wrapping_pow(2);
                its.write_all(&result.to_le_bytes()).unwrap();
            }
        });
        workers.push((mine, pid));
    }
    let start = Instant::now();
    for i in 0..n {
        let stream = &mut workers[i as usize % 2].0;
        stream.write_all(&(i as i64).to_le_bytes()).unwrap();
        let mut result = [0; 8];
        stream.read_exact(&mut result).unwrap();
    }
    let time = start.elapsed().as_nanos();
    for (stream, pid) in workers {
        drop(stream);
        waitpid(pid, None).unwrap();
    }
    time
}

fn human(cost: f64) -> String {
    match cost.log10() {
        x if x >= 9.0 => format!("{:.2} s", cost / 1e9),
        x if x >= 6.0 => format!("{:.2} ms", cost / 1e6),
        x if x >= 3.0 => format!("{:.2} µs", cost / 1e3),
        _ => format!("{:.2} ns", cost),
    }
}

fn draw(costs: &[(&str, &str, f64)]) -> String {
    let mut s = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 500 150\">\n".to_owned();
    for (i, (tool, _, cost)) in costs.iter().enumerate() {
        let x = 90.0 + 40.0 * cost.max(0.1).log10();
        s += &format!("<circle cx=\"{x}\" cy=\"{}\" r=\"4\"/><text y=\"{}\">{tool}</text>\n", i * 22 + 12, i * 22 + 16);
    }
    s + "</svg>\n"
}

fn main() {
    let args: Vec<_> = std::env::args().collect();
    let (chart, n) = match args.len() {
        2 => (None, args[1].parse::<u32>()),
        4 if args[1] == "--chart" => (Some(&args[2]), args[3].parse::<u32>()),
        _ => (None, "".parse::<u32>()),
    };
    let n = match n {
        Ok(n) if n > 0 && n <= 100_000 => n,
        _ => {
            eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
            std::process::exit(2);
        }
    };
    println!("tool          main use                            cost of one");
    let mut costs = vec![];
    for (tool, need, measure) in [
        ("Process", "start independent processes", process as fn(u32) -> u128),
        ("Pipe", "two processes talk", pipe),
        ("Queue", "several processes talk", queue),
        ("Lock", "avoid conflicts", lock),
        ("Value, Array", "share memory", value),
        ("Pool", "many tasks in parallel, easily", pool),
    ] {
        let cost = measure(n) as f64 / n as f64;
        println!("{tool:14}{need:36}{}", human(cost));
        costs.push((tool, need, cost));
    }
    if let Some(file) = chart {
        fs::write(file, draw(&costs)).expect("the chart");
    }
    for line in std::io::stdin().lines() {
        let line = line.expect("UTF-8");
        let need = line.trim();
        if !need.is_empty() {
            let found = costs.iter().find(|c| c.1 == need);
            println!("{need}: {}", if let Some(c) = found { c.0 } else { "unknown" });
        }
    }
}
