//! Wrong: the lock is a byte in a pipe, but nobody puts the first byte in, so everybody waits for it.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    balance: u32,
    operations: u32,
    inconsistent: u32,
}

fn take(mut reader: &PipeReader) {
    reader.read_exact(&mut [0]).unwrap();
}

fn give(mut writer: &PipeWriter) {
    writer.write_all(&[0]).unwrap();
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    if args.len() != 2 || std::env::args().len() != 3 || args[0] < 1 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    }
    let (reader, writer) = pipe().unwrap();
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr().cast::<Account>();

    let mut children = Vec::new();
    for i in 0..=args[0] {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..args[1] {
                    take(&reader);
                    let account = unsafe { &mut *account };
                    if i < args[0] {
                        account.balance += 10;
                        account.operations += 1;
                    } else if account.balance != 10 * account.operations {
                        account.inconsistent += 1;
                    }
                    give(&writer);
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
}
