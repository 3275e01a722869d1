//! Right: an anonymous shared mapping made before fork holds the total and the numbers; each child squares one contiguous part.

use nix::libc;
use std::process::exit;
use std::ptr;
use std::sync::atomic::{AtomicI64, Ordering};

fn usage() -> ! {
    eprintln!("usage: shared WORKERS NUMBER...");
    exit(2);
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() < 2 || args.len() > 20_002 {
        usage();
    }
    let workers: usize = match args[1].parse() {
        Ok(n) if n >= 1 && n <= 64 => n,
        _ => usage(),
    };
    let mut numbers = Vec::new();
    for a in &args[2..] {
        match a.parse::<i64>() {
            Ok(n) if n.abs() <= 1_000_000 => numbers.push(n),
            _ => usage(),
        }
    }
    let n = numbers.len();

    unsafe {
        let memory = libc::mmap(
            ptr::null_mut(),
            (n + 1) * 8,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if memory == libc::MAP_FAILED {
            panic!("mmap: {}", std::io::Error::last_os_error());
        }
        let total = AtomicI64::from_ptr(memory as *mut i64);
        let array = (memory as *mut i64).add(1);
        ptr::copy_nonoverlapping(numbers.as_ptr(), array, n);

        let size = n.div_ceil(workers);
        let mut pids = vec![];
        for w in 0..workers {
            let pid = libc::fork();
            if pid < 0 {
                panic!("fork: {}", std::io::Error::last_os_error());
            }
            if pid == 0 {
                let mut sum = 0;
                for i in (w * size).min(n)..((w + 1) * size).min(n) {
                    let x = *array.add(i);
                    *array.add(i) = x * x;
                    sum += x * x;
                }
                total.fetch_add(sum, Ordering::SeqCst);
                libc::_exit(0);
            }
            pids.push(pid);
        }
        for pid in pids {
            libc::waitpid(pid, ptr::null_mut(), 0);
        }

        let mut line = String::from("array:");
        for i in 0..n {
            line += &format!(" {}", *array.add(i));
        }
        println!("{line}");
        println!("value: {}", total.load(Ordering::SeqCst));
        libc::munmap(memory, (n + 1) * 8);
    }
}
