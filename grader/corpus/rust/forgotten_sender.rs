//! A receiver's loop ends when the last sender is gone, one's own too.
use std::sync::mpsc;
use std::thread;

fn main() {
    let (sender, receiver) = mpsc::channel();
    for worker in 1..=2 {
        let sender = sender.clone();
        thread::spawn(move || sender.send(worker * 10).unwrap());
    }
    if cfg!(right) {
        drop(sender);
        println!("sum {}", receiver.iter().sum::<i32>());
    } else {
        println!("sum {}", receiver.iter().sum::<i32>());
        drop(sender);
    }
}
