//! Right: one byte in a pipe is the lock; who has read it may touch the account, and writes it back.

use std::io::{self, PipeReader, PipeWriter, Read, Write};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

struct Token {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Token {
    fn new() -> io::Result<Token> {
        let (reader, mut writer) = io::pipe()?;
        writer.write_all(b"!")?;
        Ok(Token { reader, writer })
    }

    fn hold<T>(&self, f: impl FnOnce() -> T) -> T {
        let mut byte = [0];
        (&self.reader).read_exact(&mut byte).expect("take the token");
        let t = f();
        (&self.writer).write_all(&byte).expect("give the token back");
        t
    }
}

#[repr(C)]
struct Account { balance: u64, operations: u64, inconsistent: u64 }

fn spawn(job: impl FnOnce()) -> Pid {
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            job();
            std::process::exit(0)
        }
        Ok(ForkResult::Parent { child }) => child,
        Err(e) => panic!("fork: {e}"),
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parsed = match &args[..] {
        [w, d] => w.parse::<u32>().ok().zip(d.parse::<u32>().ok()),
        _ => None,
    };
    let Some((workers @ 1..=64, deposits @ 0..=1_000_000)) = parsed else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };

    let token = Token::new()?;
    let shm = ShmemConf::new().size(4096).create()?;
    let account = shm.as_ptr() as *mut Account;

    let mut pids = vec![];
    // the auditor goes first, for a change
    pids.push(spawn(|| {
        for _ in 0..deposits {
            let fine = token.hold(|| unsafe { (*account).balance == 10 * (*account).operations });
            if !fine {
                unsafe { (*account).inconsistent += 1 };
            }
        }
    }));
    for _ in 0..workers {
        pids.push(spawn(|| {
            for _ in 0..deposits {
                token.hold(|| unsafe {
                    (*account).balance += 10;
                    (*account).operations += 1;
                })
            }
        }));
    }
    for pid in pids {
        assert!(matches!(waitpid(pid, None)?, WaitStatus::Exited(_, 0)));
    }
    let account = unsafe { account.read() };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
    Ok(())
}
