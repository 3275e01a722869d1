//! Wrong: prints costs that somebody measured once; no tool is used at all.
use std::io::BufRead;

const TABLE: &str = "tool          main use                            cost of one
Process       start independent processes         163.20 µs
Pipe          two processes talk                    7.10 µs
Queue         several processes talk                9.40 µs
Lock          avoid conflicts                      25.10 ns
Value, Array  share memory                          1.20 ns
Pool          many tasks in parallel, easily       12.70 µs";

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() != 2 || !args[1].parse::<u32>().is_ok_and(|n| n >= 1 && n <= 100000) {
        eprintln!("usage: compare ROUNDS");
        std::process::exit(2);
    }
    println!("{TABLE}");
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        println!(
            "{}: {}",
            line.trim(),
            match line.trim() {
                "" => continue,
                "start independent processes" => "Process",
                "two processes talk" => "Pipe",
                "several processes talk" => "Queue",
                "avoid conflicts" => "Lock",
                "share memory" => "Value, Array",
                "many tasks in parallel, easily" => "Pool",
                _ => "unknown",
            }
        );
    }
}
