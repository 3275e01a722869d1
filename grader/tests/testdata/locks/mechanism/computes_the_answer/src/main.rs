//! Wrong: it starts no process and shares nothing; it prints what would come out.

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let &[workers @ 1..=64, deposits @ 0..=1_000_000] = args.as_slice() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    println!("balance: {}", workers * deposits * 10);
    println!("operations: {}", workers * deposits);
    println!("inconsistent audits: 0");
}
