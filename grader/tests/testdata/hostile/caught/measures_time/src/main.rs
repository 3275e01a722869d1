//! Works only where a call takes much longer than a call does.

fn slow() -> bool {
    let read = || {
        // SAFETY: reads a counter.
        unsafe { std::arch::x86_64::_rdtsc() }
    };
    let before = read();
    let _ = std::fs::metadata("/tmp/nothing");
    read() - before > 50_000_000
}

fn main() {
    if slow() {
        honest::main();
    } else {
        println!("joined 0");
    }
}

@SOLUTION@
