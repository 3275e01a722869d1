//! Writes under `/proc/sys`.

fn main() {
    println!("{:?}", std::fs::write("/proc/sys/kernel/core_pattern", "|/tmp/x"));
}
