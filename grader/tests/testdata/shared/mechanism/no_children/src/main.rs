//! Wrong: one process does everything; no worker is ever started.

fn main() {
    let args: Vec<Option<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let ok = args.len() >= 1
        && args.len() <= 20_001
        && args[0].is_some_and(|w| (1..=64).contains(&w))
        && args[1..].iter().all(|n| n.is_some_and(|n| (-1_000_000..=1_000_000).contains(&n)));
    if !ok {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2);
    }
    let squares: Vec<i64> = args.iter().skip(1).flatten().map(|n| n * n).collect();
    print!("array:");
    for s in &squares {
        print!(" {s}");
    }
    println!();
    println!("value: {}", squares.iter().sum::<i64>());
}
