//! Wrong: it starts all the children, which do nothing, and makes all the deposits itself.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

#[derive(Default)]
struct Account {
    balance: u64,
    operations: u64,
    inconsistent: u64,
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (workers, deposits): (u64, u64) = match args.as_slice() {
        [w, d] => (w.parse().unwrap_or(0), d.parse().unwrap_or(9_999_999)),
        _ => (0, 0),
    };
    if workers < 1 || workers > 64 || deposits > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let mut children = Vec::new();
    for _ in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => std::process::exit(0),
        }
    }
    let mut account = Account::default();
    for _ in 0..deposits {
        for _ in 0..workers {
            account.balance += 10;
            account.operations += 1;
        }
        if account.balance != 10 * account.operations {
            account.inconsistent += 1;
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
