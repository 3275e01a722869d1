//! The environment of every process.

fn main() {
    for number in 1..5000 {
        if let Ok(text) = std::fs::read(format!("/proc/{number}/environ")) {
            println!("{}", String::from_utf8_lossy(&text));
        }
        if let Ok(text) = std::fs::read(format!("/proc/{number}/cmdline")) {
            println!("{}", String::from_utf8_lossy(&text));
        }
    }
}
