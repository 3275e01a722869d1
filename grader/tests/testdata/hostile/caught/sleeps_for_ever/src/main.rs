//! A sleep of a year, again and again.

fn main() {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(31_536_000));
    }
}
