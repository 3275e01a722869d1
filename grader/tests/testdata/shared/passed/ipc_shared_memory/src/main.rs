//! Right: `IpcSharedMemory` of the ipc-channel crate, made before fork, is the same memory for all; a spin lock in its first word guards the total.

use ipc_channel::ipc::IpcSharedMemory;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::sync::atomic::{AtomicI64, Ordering};

fn main() {
    let Some((workers, numbers)) = arguments() else {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    };

    // bytes: lock, total, numbers
    let mut bytes = vec![0; 16];
    for n in &numbers {
        bytes.extend(n.to_ne_bytes());
    }
    let mut memory = IpcSharedMemory::from_bytes(&bytes);
    let base: *mut i64 = unsafe { memory.deref_mut() }.as_mut_ptr().cast();

    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => unsafe {
                let numbers = std::slice::from_raw_parts_mut(base.add(2), numbers.len());
                let mut sum = 0;
                for n in numbers.iter_mut().skip(w).step_by(workers) {
                    *n *= *n;
                    sum += *n;
                }
                let lock = AtomicI64::from_ptr(base);
                while lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
                    std::thread::yield_now();
                }
                *base.add(1) += sum;
                lock.store(0, Ordering::Release);
                std::process::exit(0)
            },
        }
    }
    for child in children {
        assert_eq!(waitpid(child, None).expect("waitpid"), WaitStatus::Exited(child, 0));
    }

    // back to numbers, the safe way
    let words: Vec<i64> = memory.chunks_exact(8).map(|word| i64::from_ne_bytes(word.try_into().unwrap())).collect();
    let array: Vec<String> = words[2..].iter().map(|n| n.to_string()).collect();
    println!("array: {}", array.join(" "));
    println!("value: {}", words[1]);
}

fn arguments() -> Option<(usize, Vec<i64>)> {
    let args: Vec<i64> = std::env::args().skip(1).map(|a| a.parse().ok()).collect::<Option<_>>()?;
    let (&workers, numbers) = args.split_first()?;
    if !(1..=64).contains(&workers) || numbers.len() > 20_000 {
        return None;
    }
    if numbers.iter().any(|n| !(-1_000_000..=1_000_000).contains(n)) {
        return None;
    }
    Some((workers as usize, numbers.to_vec()))
}
