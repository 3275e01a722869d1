//! Wrong: every part has the same length, rounded down, and what is left over at the end of the array is nobody's.

use nix::libc;
use nix::sys::mman::{mmap_anonymous, MapFlags, ProtFlags};
use nix::sys::wait::wait;
use nix::unistd::{fork, ForkResult};
use std::num::NonZeroUsize;

fn main() {
    let args: Vec<i64> = match std::env::args().skip(1).map(|a| a.parse()).collect() {
        Ok(args) => args,
        Err(_) => vec![],
    };
    if args.is_empty() || !(1..=64).contains(&args[0]) || args.len() > 20_001 || args[1..].iter().any(|n| *n > 1_000_000 || *n < -1_000_000) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let (workers, numbers) = (args[0] as usize, &args[1..]);

    #[repr(C)]
    struct Head {
        lock: libc::sem_t,
        total: i64,
    }
    let size = NonZeroUsize::new(size_of::<Head>() + 8 * numbers.len()).unwrap();
    let head = unsafe { mmap_anonymous(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) }
        .unwrap()
        .as_ptr() as *mut Head;
    let array = unsafe { head.add(1) as *mut i64 };
    unsafe {
        libc::sem_init(&mut (*head).lock, 1, 1);
        array.copy_from(numbers.as_ptr(), numbers.len());
    }

    let each = numbers.len() / workers;
    for w in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            unsafe {
                let part = std::slice::from_raw_parts_mut(array.add(w * each), each);
                for n in part.iter_mut() {
                    *n *= *n;
                }
                let sum: i64 = part.iter().sum();
                libc::sem_wait(&mut (*head).lock);
                (*head).total += sum;
                libc::sem_post(&mut (*head).lock);
            }
            std::process::exit(0);
        }
    }
    for _ in 0..workers {
        wait().unwrap();
    }
    print!("array:");
    for i in 0..numbers.len() {
        print!(" {}", unsafe { *array.add(i) });
    }
    println!("\nvalue: {}", unsafe { (*head).total });
}
