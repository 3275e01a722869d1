//! Wrong: each executed child makes itself the owner of the shared memory, and the first to end removes the name before others have opened it.

use shared_memory::ShmemConf;
use std::process::{Child, Command, exit};
use std::sync::atomic::{AtomicI64, Ordering};

fn words(memory: &shared_memory::Shmem) -> &[AtomicI64] {
    unsafe { std::slice::from_raw_parts(memory.as_ptr().cast(), memory.len() / 8) }
}

fn child(id: &str, worker: usize, workers: usize) {
    let mut memory = ShmemConf::new().os_id(id).open().expect("the shared memory should be there");
    memory.set_owner(true); // so that it is cleaned up
    let (total, array) = words(&memory).split_first().unwrap();
    let mut sum = 0;
    for number in array.iter().skip(worker).step_by(workers) {
        let n = number.load(Ordering::SeqCst);
        number.store(n * n, Ordering::SeqCst);
        sum += n * n;
    }
    total.fetch_add(sum, Ordering::SeqCst);
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let ["--child", id, worker, workers] = args.iter().map(|a| a.as_str()).collect::<Vec<_>>()[..] {
        return child(id, worker.parse().unwrap(), workers.parse().unwrap());
    }
    let parsed: Result<Vec<i64>, _> = args.iter().map(|a| a.parse::<i64>()).collect();
    let all = match parsed {
        Ok(all)
            if all.first().is_some_and(|w| (1..=64).contains(w))
                && all.len() <= 20_001
                && all[1..].iter().all(|n| n.abs() <= 1_000_000) =>
        {
            all
        }
        _ => {
            eprintln!("usage: shared WORKERS NUMBER...");
            exit(2);
        }
    };
    let (workers, numbers) = (all[0], &all[1..]);

    let memory = ShmemConf::new().size(8 * (numbers.len() + 1)).create().unwrap();
    for (word, n) in words(&memory)[1..].iter().zip(numbers) {
        word.store(*n, Ordering::SeqCst);
    }
    let program = std::env::current_exe().unwrap();
    let mut children: Vec<Child> = (0..workers)
        .map(|w| {
            Command::new(&program)
                .args(["--child", memory.get_os_id(), &w.to_string(), &workers.to_string()])
                .spawn()
                .unwrap()
        })
        .collect();
    let ends: Vec<_> = children.iter_mut().map(|c| c.wait().unwrap()).collect();
    assert!(ends.iter().all(|end| end.success()), "a worker failed");

    let (total, array) = words(&memory)[..numbers.len() + 1].split_first().unwrap();
    let array: Vec<String> = array.iter().map(|n| n.load(Ordering::SeqCst).to_string()).collect();
    println!("array: {}", array.join(" "));
    println!("value: {}", total.load(Ordering::SeqCst));
}
