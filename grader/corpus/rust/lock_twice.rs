//! Looking under the lock, and changing under the lock, with the lock given back in between.
use std::sync::Mutex;
use std::thread;

fn withdraw(balance: &Mutex<i32>, amount: i32) -> bool {
    if cfg!(right) {
        let mut balance = balance.lock().unwrap();
        if *balance < amount {
            return false;
        }
        *balance -= amount;
    } else {
        if *balance.lock().unwrap() < amount {
            return false;
        }
        *balance.lock().unwrap() -= amount;
    }
    true
}

fn main() {
    let balance = Mutex::new(100);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| withdraw(&balance, 70));
        }
    });
    println!("balance {}", balance.into_inner().unwrap());
}
