//! Right: the lock goes round in a ring of sockets; who has it makes one deposit and passes it on, once a round.

use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use std::io::{Read, Write};
use std::num::NonZeroUsize;
use std::os::unix::net::UnixStream;

struct Account {
    balance: u64,
    operations: u64,
    inconsistent: u64,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |i: usize| args.get(i).and_then(|a: &String| a.parse::<usize>().ok());
    let (workers, deposits) = match (number(1), number(2)) {
        (Some(w), Some(d)) if args.len() == 3 && w > 0 && w < 65 && d < 1_000_001 => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let size = NonZeroUsize::new(size_of::<Account>()).unwrap();
    let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let mapping = unsafe { mmap_anonymous(None, size, protection, MapFlags::MAP_SHARED) };
    let account = mapping.expect("mmap").cast::<Account>().as_ptr();

    // Link i leads from member i to the next one; the last member is the auditor.
    let members = workers + 1;
    let links: Vec<(UnixStream, UnixStream)> = (0..members).map(|_| UnixStream::pair().expect("socketpair")).collect();
    let mut pids = Vec::new();
    for me in 0..members {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => pids.push(child),
            ForkResult::Child => {
                let from_left = &links[(me + members - 1) % members].1;
                let to_right = &links[me].0;
                // Every member has as many turns to use, and uses one each time the token
                // comes by, so all are done after the same number of rounds.
                for _ in 0..deposits {
                    let mut token = [0u8; 1];
                    (&*from_left).read_exact(&mut token).expect("the token");
                    unsafe {
                        if me < workers {
                            (*account).balance += 10;
                            (*account).operations += 1;
                        } else if (*account).balance != 10 * (*account).operations {
                            (*account).inconsistent += 1;
                        }
                    }
                    (&*to_right).write_all(&token).expect("pass it on");
                }
                std::process::exit(0);
            }
        }
    }
    // The token enters the ring between the last member and the first.
    (&links[members - 1].0).write_all(&[1]).expect("the token");
    for pid in pids {
        assert_eq!(waitpid(pid, None), Ok(WaitStatus::Exited(pid, 0)));
    }
    let Account { balance, operations, inconsistent } = unsafe { account.read() };
    println!("balance: {balance}");
    println!("operations: {operations}");
    println!("inconsistent audits: {inconsistent}");
}
