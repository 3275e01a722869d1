//! Right: SIGCHLD is ignored on purpose, so ended children vanish by themselves, and one last wait returns when all are gone.

use nix::errno::Errno;
use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::wait::wait;
use nix::unistd::fork;
use std::num::NonZeroUsize;

#[repr(C)]
struct Header {
    lock: libc::sem_t,
    total: i64,
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).map(|a| a.parse::<i64>()).collect();
    let ok = !args.is_empty()
        && args.len() <= 20_001
        && args.iter().enumerate().all(|(i, a)| match a {
            Ok(n) if i == 0 => *n >= 1 && *n <= 64,
            Ok(n) => *n >= -1_000_000 && *n <= 1_000_000,
            Err(_) => false,
        });
    if !ok {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let mut numbers = args.into_iter().flatten();
    let workers = numbers.next().unwrap() as usize;
    let numbers: Vec<i64> = numbers.collect();

    let size = NonZeroUsize::new(size_of::<Header>() + 8 * numbers.len()).unwrap();
    let map = unsafe { mmap_anonymous(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) };
    let header: *mut Header = map.unwrap().cast().as_ptr();
    // size_of::<Header>() is a multiple of 8, so the numbers behind it are aligned
    let array = unsafe { std::slice::from_raw_parts_mut(header.add(1).cast::<i64>(), numbers.len()) };
    array.copy_from_slice(&numbers);
    unsafe { libc::sem_init(&raw mut (*header).lock, 1, 1) };
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.unwrap();

    let part = (numbers.len() / workers).max(1);
    for w in 0..workers {
        // the last one takes what is left over
        let from = (w * part).min(numbers.len());
        let to = if w == workers - 1 { numbers.len() } else { ((w + 1) * part).min(numbers.len()) };
        if unsafe { fork() }.unwrap().is_child() {
            let mut sum = 0;
            for n in &mut array[from..to] {
                *n = *n * *n;
                sum += *n;
            }
            unsafe {
                while libc::sem_wait(&raw mut (*header).lock) != 0 {}
                (*header).total += sum;
                libc::sem_post(&raw mut (*header).lock);
            }
            std::process::exit(0);
        }
    }
    // with SIGCHLD ignored, wait returns only when there are no children any more
    assert_eq!(wait(), Err(Errno::ECHILD));

    println!("array: {}", array.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" "));
    println!("value: {}", unsafe { (*header).total });
}
