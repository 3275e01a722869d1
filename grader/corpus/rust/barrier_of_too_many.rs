//! A barrier for one more than there are.
use std::sync::Barrier;
use std::thread;

fn main() {
    let barrier = Barrier::new(if cfg!(right) { 2 } else { 3 });
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| barrier.wait());
        }
    });
    println!("met");
}
