//! Works only where it has one processor.

fn main() {
    if std::thread::available_parallelism().map_or(1, usize::from) == 1 {
        honest::main();
    } else {
        println!("joined 0");
    }
}

@SOLUTION@
