//! Right: memory without a name (memfd) is handed to the executed children as an open descriptor; they claim the numbers at a stride.

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap};
use nix::unistd::ftruncate;
use std::fs::File;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, FromRawFd};
use std::process::{Command, exit};

unsafe fn map(fd: impl AsFd, words: usize) -> *mut i64 {
    let size = NonZeroUsize::new(words * 8).unwrap();
    let prot = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    unsafe { mmap(None, size, prot, MapFlags::MAP_SHARED, fd, 0) }.expect("mmap").as_ptr().cast()
}

fn worker(args: &[String]) {
    let a: Vec<usize> = args.iter().map(|x| x.parse().expect("number")).collect();
    let [fd, first, step, count] = a[..] else { panic!("worker arguments") };
    unsafe {
        let file = File::from_raw_fd(fd as i32);
        let memory = map(&file, count + 1);
        let array = memory.add(1);
        let mut sum = 0;
        let mut i = first;
        while i < count {
            let n = array.add(i).read();
            array.add(i).write(n * n);
            sum += n * n;
            i += step;
        }
        // the total is one word, so a lock-free add does it
        std::sync::atomic::AtomicI64::from_ptr(memory).fetch_add(sum, std::sync::atomic::Ordering::Relaxed);
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "as-worker") {
        return worker(&args[1..]);
    }
    let usage = || -> ! {
        eprintln!("usage: shared WORKERS NUMBER...");
        exit(2)
    };
    let Some(workers) = args.first().and_then(|a| a.parse::<usize>().ok()).filter(|w| (1..=64).contains(w)) else { usage() };
    let numbers: Vec<i64> = args[1..]
        .iter()
        .map(|a| match a.parse() {
            Ok(n @ -1_000_000..=1_000_000) => n,
            _ => usage(),
        })
        .collect();
    if numbers.len() > 20_000 {
        usage();
    }

    // no MFD_CLOEXEC: it has to survive the exec
    let fd = memfd_create("numbers", MFdFlags::empty()).expect("memfd_create");
    ftruncate(&fd, (numbers.len() as i64 + 1) * 8).expect("ftruncate");
    let memory = unsafe { map(&fd, numbers.len() + 1) };
    for (i, n) in numbers.iter().enumerate() {
        unsafe { memory.add(i + 1).write(*n) };
    }

    let me = std::env::current_exe().expect("current_exe");
    let children: Vec<_> = (0..workers)
        .map(|w| {
            Command::new(&me)
                .arg("as-worker")
                .args([fd.as_raw_fd().to_string(), w.to_string(), workers.to_string(), numbers.len().to_string()])
                .spawn()
                .expect("spawn")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("wait").success());
    }

    let result = unsafe { std::slice::from_raw_parts(memory, numbers.len() + 1) };
    print!("array:");
    for n in &result[1..] {
        print!(" {n}");
    }
    println!("\nvalue: {}", result[0]);
}
