//! Wrong: it knows what comes out and prints that, without a thread or a child.
fn main() {
    let args: Vec<u64> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    if args.len() != 2 || std::env::args().len() != 3 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    println!("threads: counter {}", args[0] * args[1]);
    for child in 0..args[0] {
        println!("child {child}: counter {}", args[1]);
    }
    println!("parent: counter 0");
}
