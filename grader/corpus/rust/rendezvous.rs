//! A channel without room: both send first.
use std::sync::mpsc::sync_channel;
use std::thread;

fn main() {
    let (to_one, from_other) = sync_channel(0);
    let (to_other, from_one) = sync_channel(0);
    let one = thread::spawn(move || {
        to_other.send("ping").unwrap();
        from_other.recv().unwrap()
    });
    let heard = if cfg!(right) {
        let heard = from_one.recv().unwrap();
        to_one.send("pong").unwrap();
        heard
    } else {
        to_one.send("pong").unwrap();
        from_one.recv().unwrap()
    };
    println!("{heard} {}", one.join().unwrap());
}
