//! Right: FIFOs, which are pipes with a name. The parent keeps the queue's FIFO open, so that
//! it never ends between two producers, and puts a last item for each consumer. A folder of
//! its own holds them, and goes away with them.

use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork, mkfifo};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

const LAST: u64 = u64::MAX;

struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Folder> {
        let path = std::env::temp_dir().join(format!("pipes-{}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Folder(path))
    }

    fn fifo(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.0.join(name);
        mkfifo(&path, Mode::S_IRUSR | Mode::S_IWUSR)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(work: impl FnOnce() -> io::Result<()>) -> io::Result<Pid> {
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => std::process::exit(if work().is_ok() { 0 } else { 1 }),
    }
}

fn writer(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

fn pipe(folder: &Folder) -> io::Result<()> {
    let questions = folder.fifo("questions")?;
    let answers = folder.fifo("answers")?;
    // Opening a FIFO waits for the other side: so both sides open them in the same order.
    let child = start(|| {
        let input = BufReader::new(File::open(&questions)?);
        let mut output = writer(&answers)?;
        for line in input.lines() {
            output.write_all(format!("{}\n", line?.to_uppercase()).as_bytes())?;
        }
        Ok(())
    })?;
    let mut ask = writer(&questions)?;
    let mut heard = BufReader::new(File::open(&answers)?);
    let mut count = 0;
    for line in io::stdin().lines() {
        ask.write_all(format!("{}\n", line?).as_bytes())?;
        let mut answer = String::new();
        heard.read_line(&mut answer)?;
        print!("pipe: {answer}");
        count += 1;
    }
    drop(ask);
    waitpid(child, None)?;
    println!("pipe: closed after {count} messages");
    Ok(())
}

fn queue(folder: &Folder, producers: u64, consumers: u64, items: u64) -> io::Result<()> {
    let queue = folder.fifo("queue")?;
    let reports = folder.fifo("reports")?;
    // For reading and writing at once, a FIFO opens without waiting.
    let mut keep = OpenOptions::new().read(true).write(true).open(&queue)?;
    let mut totals = OpenOptions::new().read(true).write(true).open(&reports)?;

    let mut makers = Vec::new();
    for p in 0..producers {
        makers.push(start(|| {
            let mut put = writer(&queue)?;
            (p * items..(p + 1) * items).try_for_each(|item| put.write_all(&item.to_ne_bytes()))
        })?);
    }
    let mut takers = Vec::new();
    for _ in 0..consumers {
        takers.push(start(|| {
            let mut take = File::open(&queue)?;
            let (mut count, mut sum) = (0u64, 0u64);
            loop {
                let mut item = [0; 8];
                take.read_exact(&mut item)?;
                match u64::from_ne_bytes(item) {
                    LAST => break,
                    item => {
                        count += 1;
                        sum += item;
                    }
                }
            }
            let report = [count.to_ne_bytes(), sum.to_ne_bytes()].concat();
            writer(&reports)?.write_all(&report)
        })?);
    }
    for child in makers {
        waitpid(child, None)?;
    }
    for _ in 0..consumers {
        keep.write_all(&LAST.to_ne_bytes())?;
    }
    let (mut count, mut sum) = (0, 0);
    for _ in 0..consumers {
        let mut pair = [[0; 8]; 2];
        for number in &mut pair {
            totals.read_exact(number)?;
        }
        count += u64::from_ne_bytes(pair[0]);
        sum += u64::from_ne_bytes(pair[1]);
    }
    for child in takers {
        waitpid(child, None)?;
    }
    println!("queue: {count} items, sum {sum}");
    Ok(())
}

fn main() -> io::Result<()> {
    let mut args = std::env::args().skip(1);
    let mut next = |range: std::ops::RangeInclusive<u64>| args.next()?.parse().ok().filter(|n| range.contains(n));
    let numbers = (next(1..=64), next(1..=64), next(0..=1_000_000));
    let (Some(producers), Some(consumers), Some(items)) = numbers else { usage() };
    if args.next().is_some() {
        usage();
    }
    let folder = Folder::new()?;
    pipe(&folder)?;
    queue(&folder, producers, consumers, items)
}

fn usage() -> ! {
    eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
    std::process::exit(2)
}
