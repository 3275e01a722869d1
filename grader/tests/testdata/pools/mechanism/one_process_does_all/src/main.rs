//! Wrong: all five lines are right, and all are made by threads of one process.

use rayon::prelude::*;
use std::panic::catch_unwind;

fn square(n: &i64) -> String {
    let n = *n;
    match catch_unwind(|| if n < 0 { panic!("{n}") } else { n * n }) {
        Ok(square) => square.to_string(),
        Err(_) => "error".to_string(),
    }
}

fn main() {
    let args: Option<Vec<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let args = args.unwrap_or_default();
    if args.len() < 2 || args[0] < 1 || args[0] > 64 || args[1..].iter().any(|n| n.abs() > 1_000_000) {
        eprintln!("usage: pools WORKERS NUMBER...");
        std::process::exit(2);
    }
    let numbers = &args[1..];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args[0] as usize).build().unwrap();
    let map = || pool.install(|| numbers.par_iter().map(square).collect::<Vec<_>>().join(" "));
    println!("apply = {}", pool.install(|| square(&numbers[0])));
    println!("map = {}", map());
    let (one, all) = rayon::join(|| square(&numbers[0]), map);
    println!("apply_async = {one}");
    println!("map_async = {all}");
    println!("rayon = {}", map());
}
