//! Wrong: a `std::sync::Mutex` and threads do the job, but the topic is processes.

use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Default)]
struct Account {
    balance: u64,
    operations: u64,
    inconsistent: u64,
}

fn main() {
    let args: Vec<Option<u64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let (workers, deposits) = match args.as_slice() {
        [Some(w), Some(d)] if (1..=64).contains(w) && (0..=1_000_000).contains(d) => (*w, *d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let account = Arc::new(Mutex::new(Account::default()));
    let mut handles = vec![];
    for i in 0..workers + 1 {
        let account = Arc::clone(&account);
        handles.push(thread::spawn(move || {
            for _ in 0..deposits {
                let mut account = account.lock().unwrap();
                if i < workers {
                    account.balance += 10;
                    account.operations += 1;
                } else if account.balance != 10 * account.operations {
                    account.inconsistent += 1;
                }
            }
        }));
    }
    for handle in handles {
        handle.join().unwrap();
    }
    let account = account.lock().unwrap();
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
