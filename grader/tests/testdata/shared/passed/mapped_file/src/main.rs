//! Right: a temporary file mapped by all; its name is removed while it is open, and the total is guarded by fcntl locks on it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::num::NonZeroUsize;

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

fn file_with(numbers: &[i64]) -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("shared-numbers-{}", std::process::id()));
    let mut file = File::options().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    // the numbers, then a zero for the total
    for n in numbers.iter().chain(&[0]) {
        file.write_all(&n.to_ne_bytes())?;
    }
    Ok(file)
}

fn lock(file: &File, kind: libc::c_int) -> nix::Result<()> {
    let range = libc::flock {
        l_type: kind as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file, FcntlArg::F_SETLKW(&range))?;
    Ok(())
}

fn run(workers: usize, numbers: &[i64]) -> Result<(), Box<dyn std::error::Error>> {
    let file = file_with(numbers)?;
    let words = numbers.len() + 1;
    let base: *mut i64 = unsafe {
        let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        mmap(None, NonZeroUsize::new(words * 8).unwrap(), rw, MapFlags::MAP_SHARED, &file, 0)?.as_ptr().cast()
    };

    let mut start = 0;
    let mut children = Vec::new();
    for w in 0..workers {
        let left = workers - w;
        let end = start + (numbers.len() - start) / left;
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let part = unsafe { std::slice::from_raw_parts_mut(base.add(start), end - start) };
                part.iter_mut().for_each(|n| *n = n.pow(2));
                let sum: i64 = part.iter().sum();
                lock(&file, libc::F_WRLCK)?;
                unsafe { *base.add(numbers.len()) += sum };
                lock(&file, libc::F_UNLCK)?;
                std::process::exit(0);
            }
        }
        start = end;
    }
    for child in children {
        match waitpid(child, None)? {
            WaitStatus::Exited(_, 0) => {}
            other => return Err(format!("{other:?}").into()),
        }
    }
    let result = unsafe { std::slice::from_raw_parts(base, words) };
    let text: String = result[..numbers.len()].iter().map(|n| format!(" {n}")).collect();
    println!("array:{text}");
    println!("value: {}", result[numbers.len()]);
    Ok(())
}

fn main() {
    let args: Result<Vec<i64>, _> = std::env::args().skip(1).map(|a| a.parse::<i64>()).collect();
    match args {
        Ok(args)
            if matches!(args.first(), Some(1..=64))
                && args.len() <= 20_001
                && args.iter().skip(1).all(|n| n.unsigned_abs() <= 1_000_000) =>
        {
            if let Err(e) = run(args[0] as usize, &args[1..]) {
                eprintln!("shared: {e}");
                std::process::exit(1);
            }
        }
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            std::process::exit(2);
        }
    }
}
