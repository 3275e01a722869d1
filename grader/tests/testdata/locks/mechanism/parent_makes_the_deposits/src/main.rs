//! Wrong: the children only send requests, and the parent, alone at the account, does what they ask; a bank clerk instead of a lock.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{Read, Write, pipe};

const DEPOSIT: u8 = 1;
const AUDIT: u8 = 2;
const DONE: u8 = 3;

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u32::MAX)).collect();
    let [workers @ 1..=64, deposits @ 0..=1_000_000] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let (mut requests, mut to_parent) = pipe().unwrap();
    let mut children = vec![];
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    to_parent.write_all(&[if i < workers { DEPOSIT } else { AUDIT }]).unwrap();
                }
                to_parent.write_all(&[DONE]).unwrap();
                std::process::exit(0);
            }
        }
    }
    let (mut balance, mut operations, mut inconsistent) = (0u64, 0u64, 0u64);
    let mut running = workers + 1;
    while running > 0 {
        let mut request = [0];
        requests.read_exact(&mut request).unwrap();
        match request[0] {
            DEPOSIT => {
                balance += 10;
                operations += 1;
            }
            AUDIT => inconsistent += (balance != operations * 10) as u64,
            _ => running -= 1,
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    println!("balance: {balance}");
    println!("operations: {operations}");
    println!("inconsistent audits: {inconsistent}");
}
