//! Wrong: the array lies in a mapped file in the temporary folder, and the file stays there.

use nix::sys::mman::{MapFlags, ProtFlags, mmap};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork};
use std::fs::File;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let numbers: Vec<i64> = args.iter().skip(2).map(|a| a.parse().unwrap_or(i64::MAX)).collect();
    let workers: usize = args.get(1).and_then(|a| a.parse().ok()).unwrap_or_default();
    if !(1..=64).contains(&workers) || numbers.len() > 20_000 || numbers.iter().any(|&n| n > 1_000_000 || n < -1_000_000) {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }

    let path = std::env::temp_dir().join(format!("array-{}.bin", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path).expect("file");
    let words = numbers.len() + 1;
    file.set_len(words as u64 * 8).expect("set_len");
    let map = unsafe {
        mmap(None, NonZeroUsize::new(words * 8).unwrap(), ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &file, 0)
    };
    let array = unsafe { std::slice::from_raw_parts(map.expect("mmap").cast::<AtomicI64>().as_ptr(), words) };
    for (i, n) in numbers.iter().enumerate() {
        array[i].store(*n, Ordering::SeqCst);
    }
    for w in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.expect("fork") {
            let mut sum = 0;
            let mut i = w;
            while i < numbers.len() {
                let n = array[i].load(Ordering::SeqCst);
                array[i].store(n * n, Ordering::SeqCst);
                sum += n * n;
                i += workers;
            }
            array[numbers.len()].fetch_add(sum, Ordering::SeqCst);
            std::process::exit(0);
        }
    }
    while wait().is_ok() {}
    let mut line = "array:".to_string();
    for n in &array[..numbers.len()] {
        line += &format!(" {}", n.load(Ordering::SeqCst));
    }
    println!("{line}");
    println!("value: {}", array[numbers.len()].load(Ordering::SeqCst));
}
