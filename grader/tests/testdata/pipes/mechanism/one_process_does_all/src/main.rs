//! Wrong: right lines, but there is one process and nobody to talk to.

use std::collections::VecDeque;
use std::io::BufRead;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let numbers: Vec<u64> = args.iter().filter_map(|a| a.parse().ok()).collect();
    if args.len() != 3
        || numbers.len() != 3
        || !(1..=64).contains(&numbers[0])
        || !(1..=64).contains(&numbers[1])
        || numbers[2] > 1_000_000
    {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        std::process::exit(2);
    }
    let lines: Vec<String> = std::io::stdin().lock().lines().map(|l| l.unwrap()).collect();
    for line in &lines {
        println!("pipe: {}", line.to_uppercase());
    }
    println!("pipe: closed after {} messages", lines.len());

    let mut queue = VecDeque::new();
    for producer in 0..numbers[0] {
        for item in 0..numbers[2] {
            queue.push_back(producer * numbers[2] + item);
        }
    }
    let mut totals = vec![(0u64, 0u64); numbers[1] as usize];
    let mut turn = 0;
    while let Some(item) = queue.pop_front() {
        let consumer = turn % totals.len();
        totals[consumer].0 += 1;
        totals[consumer].1 += item;
        turn += 1;
    }
    println!(
        "queue: {} items, sum {}",
        totals.iter().map(|t| t.0).sum::<u64>(),
        totals.iter().map(|t| t.1).sum::<u64>()
    );
}
