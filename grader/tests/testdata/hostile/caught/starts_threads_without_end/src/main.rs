//! Threads that sleep.

fn main() {
    loop {
        let _ = std::thread::Builder::new().spawn(|| std::thread::sleep(std::time::Duration::from_secs(1000)));
    }
}
