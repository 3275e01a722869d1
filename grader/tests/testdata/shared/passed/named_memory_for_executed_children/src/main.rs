//! Right: the children are this program executed again; each opens the shared memory by its name, and the parent unlinks it after the last has ended.

use nix::fcntl::OFlag;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, shm_open, shm_unlink};
use nix::sys::stat::Mode;
use nix::unistd::ftruncate;
use std::error::Error;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

type Words = &'static [AtomicI64];

fn map(name: &str, length: usize, flags: OFlag) -> nix::Result<Words> {
    let fd = shm_open(name, OFlag::O_RDWR | flags, Mode::S_IRUSR | Mode::S_IWUSR)?;
    if flags.contains(OFlag::O_CREAT) {
        ftruncate(&fd, (length * 8) as i64)?;
    }
    let size = NonZeroUsize::new(length * 8).unwrap();
    unsafe {
        let p = mmap(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &fd, 0)?;
        Ok(std::slice::from_raw_parts(p.cast().as_ptr(), length))
    }
}

/// Removes the name however the parent ends.
struct Name(String);

impl Drop for Name {
    fn drop(&mut self) {
        let _ = shm_unlink(self.0.as_str());
    }
}

fn parent(workers: usize, numbers: &[i64]) -> Result<(), Box<dyn Error>> {
    let name = Name(format!("/shared.{}", std::process::id()));
    let words = map(&name.0, numbers.len() + 1, OFlag::O_CREAT | OFlag::O_EXCL)?;
    for (word, number) in words[1..].iter().zip(numbers) {
        word.store(*number, SeqCst);
    }

    let program = std::env::current_exe()?;
    let mut children = Vec::new();
    for w in 0..workers {
        // parts as equal as can be: the first `rest` ones are longer by one
        let (each, rest) = (numbers.len() / workers, numbers.len() % workers);
        let from = w * each + w.min(rest);
        let to = from + each + usize::from(w < rest);
        let child = Command::new(&program)
            .args(["work", &name.0, &words.len().to_string(), &from.to_string(), &to.to_string()])
            .spawn()?;
        children.push(child);
    }
    let mut all_well = true;
    for mut child in children {
        all_well &= child.wait()?.success();
    }
    if !all_well {
        return Err("a worker failed".into());
    }
    let array: Vec<String> = words[1..].iter().map(|w| w.load(SeqCst).to_string()).collect();
    println!("array: {}", array.join(" "));
    println!("value: {}", words[0].load(SeqCst));
    Ok(())
}

fn child(name: &str, length: usize, part: Range<usize>) -> Result<(), Box<dyn Error>> {
    let words = map(name, length, OFlag::empty())?;
    let mut sum = 0;
    for word in &words[1..][part] {
        let square = word.load(SeqCst).pow(2);
        word.store(square, SeqCst);
        sum += square;
    }
    words[0].fetch_add(sum, SeqCst);
    Ok(())
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = if let [word, name, rest @ ..] = &args[..]
        && word == "work"
    {
        let rest: Vec<usize> = rest.iter().map(|r| r.parse().unwrap()).collect();
        child(name, rest[0], rest[1]..rest[2])
    } else {
        let parsed: Result<Vec<i64>, _> = args.iter().map(|a| a.parse()).collect();
        match parsed.as_deref() {
            Ok([workers @ 1..=64, numbers @ ..])
                if numbers.len() <= 20_000 && numbers.iter().all(|n| (-1_000_000..=1_000_000).contains(n)) =>
            {
                parent(*workers as usize, numbers)
            }
            _ => {
                eprintln!("usage: shared WORKERS NUMBER...");
                return ExitCode::from(2);
            }
        }
    };
    if let Err(error) = result {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
