//! Wrong: the account overflows its small balance, the worker panics with the lock in its hand, and the others wait for it for ever.

use nix::libc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    lock: libc::sem_t,
    balance: u8,
    operations: u8,
    inconsistent: u32,
}

impl Account {
    fn deposit(&mut self) {
        self.balance = self.balance.checked_add(10).expect("the account is full");
        self.operations = self.operations.checked_add(1).expect("too many operations");
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let parse = |text: &str, range: std::ops::RangeInclusive<u32>| {
        text.parse().ok().filter(|n| range.contains(n)).unwrap_or_else(|| usage())
    };
    let [workers, deposits] = &args[..] else { usage() };
    let (workers, deposits) = (parse(workers, 1..=64), parse(deposits, 0..=1_000_000));

    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    unsafe { libc::sem_init(&raw mut (*account).lock, 1, 1) };

    let mut children = Vec::new();
    for i in 0..workers + 1 {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                for _ in 0..deposits {
                    unsafe { libc::sem_wait(&raw mut (*account).lock) };
                    let a = unsafe { &mut *account };
                    if i < workers {
                        a.deposit();
                    } else if u32::from(a.balance) != 10 * u32::from(a.operations) {
                        a.inconsistent += 1;
                    }
                    unsafe { libc::sem_post(&raw mut (*account).lock) };
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

fn usage() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    std::process::exit(2)
}
