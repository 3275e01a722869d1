//! Wrong: the result is right and every process ends, but nobody unlinks the shared memory, which outlives them all.

use nix::fcntl::OFlag;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap, shm_open};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, ftruncate};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Option<Vec<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let args = args.filter(|a| matches!(a.first(), Some(1..=64)) && a.len() <= 20_001);
    let args = args.filter(|a| a[1..].iter().all(|n| n.abs() <= 1_000_000));
    let Some(args) = args else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };
    let (workers, numbers) = (args[0] as usize, &args[1..]);

    let name = format!("/numbers-{}", std::process::id());
    let fd = shm_open(name.as_str(), OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_RDWR, Mode::from_bits_truncate(0o600))?;
    let bytes = 8 * args.len();
    ftruncate(&fd, bytes as i64)?;
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let start = unsafe { mmap(None, NonZeroUsize::new(bytes).unwrap(), rw, MapFlags::MAP_SHARED, &fd, 0)? };
    let words = unsafe { std::slice::from_raw_parts(start.cast::<AtomicI64>().as_ptr(), args.len()) };
    let (total, array) = words.split_first().unwrap();
    for (place, n) in array.iter().zip(numbers) {
        place.store(*n, Ordering::Relaxed);
    }

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork()? } {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for place in &array[numbers.len() * w / workers..numbers.len() * (w + 1) / workers] {
                    let square = place.load(Ordering::Relaxed).pow(2);
                    place.store(square, Ordering::Relaxed);
                    sum += square;
                }
                total.fetch_add(sum, Ordering::Relaxed);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None)?;
    }
    let squares: Vec<String> = array.iter().map(|n| n.load(Ordering::Relaxed).to_string()).collect();
    println!("array: {}", squares.join(" "));
    println!("value: {}", total.load(Ordering::Relaxed));
    // unmapped and closed, so it is gone
    unsafe { munmap(start.cast(), bytes)? };
    drop(fd);
    Ok(())
}
