//! The reference solution of `locks`: an account in shared memory, and a lock beside it.
//!
//! The lock is a semaphore that counts to one, as Python's `multiprocessing.Lock` is.

use std::cell::UnsafeCell;
use std::env;
use std::error::Error;
use std::process::{self, ExitCode};

use nix::errno::Errno;
use nix::libc;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

const AMOUNT: i64 = 10;

/// What the processes share.
#[derive(Default)]
struct Account {
    balance: i64,
    operations: i64,
    /// The auditor's result.
    inconsistent: i64,
}

fn main() -> ExitCode {
    let Some((workers, deposits)) = arguments() else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        return ExitCode::from(2);
    };
    match run(workers, deposits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("locks: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The two arguments, where they are what the contract allows.
fn arguments() -> Option<(u32, u32)> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [workers, deposits] = arguments.as_slice() else {
        return None;
    };
    let workers = workers.parse().ok().filter(|n| (1..=64).contains(n))?;
    let deposits = deposits.parse().ok().filter(|n| *n <= 1_000_000)?;
    Some((workers, deposits))
}

fn run(workers: u32, deposits: u32) -> Result<(), Box<dyn Error>> {
    // Made before the first fork, so that all children find the same memory at the same
    // address. Its name in the system goes away when `memory` is dropped, here in the parent:
    // children leave by `process::exit`, which drops nothing.
    let memory = ShmemConf::new().size(size_of::<Locked<Account>>()).create()?;
    // SAFETY: the mapping is large enough, starts at a page, is this process's alone until
    // the first fork, and outlives `account`.
    let account = unsafe { Locked::create(memory.as_ptr().cast(), Account::default())? };

    let mut children = Vec::new();
    let started = (0..=workers).try_for_each(|number| {
        let child = start(|| {
            if number < workers {
                make_deposits(account, deposits);
            } else {
                audit(account, deposits);
            }
        })?;
        children.push(child);
        Ok::<(), Errno>(())
    });

    // Every child that was started is waited for, even where one could not be started.
    let mut ends = Vec::new();
    for child in children {
        ends.push(waitpid(child, None)?);
    }
    started?;
    if ends.iter().any(|end| !matches!(end, WaitStatus::Exited(_, 0))) {
        return Err("a child process failed".into());
    }

    account.with(|account| {
        println!("balance: {}", account.balance);
        println!("operations: {}", account.operations);
        println!("inconsistent audits: {}", account.inconsistent);
    });
    Ok(())
}

fn make_deposits(account: &Locked<Account>, deposits: u32) {
    for _ in 0..deposits {
        account.with(|account| {
            account.balance += AMOUNT;
            account.operations += 1;
        });
    }
}

fn audit(account: &Locked<Account>, audits: u32) {
    let mut inconsistent = 0;
    for _ in 0..audits {
        if !account.with(|account| account.balance == AMOUNT * account.operations) {
            inconsistent += 1;
        }
    }
    account.with(|account| account.inconsistent = inconsistent);
}

/// Starts a child process that does `work` and ends.
fn start(work: impl FnOnce()) -> nix::Result<Pid> {
    // SAFETY: this process has one thread, so the child finds no lock held by another.
    match unsafe { fork()? } {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            process::exit(0);
        }
    }
}

/// A value in shared memory that can be reached only by who holds its lock.
struct Locked<T> {
    semaphore: UnsafeCell<libc::sem_t>,
    value: UnsafeCell<T>,
}

impl<T> Locked<T> {
    /// Puts `value` and a free lock at `place`.
    ///
    /// # Safety
    /// `place` is aligned, has room for a `Self`, stays valid for `'a`, and nobody uses it yet.
    unsafe fn create<'a>(place: *mut Self, value: T) -> nix::Result<&'a Self> {
        // SAFETY: the caller's promise; all of `Self` is written before it is borrowed.
        unsafe {
            (&raw mut (*place).value).write(UnsafeCell::new(value));
            // 1: shared between processes. 1: so many may pass before the next has to wait.
            Errno::result(libc::sem_init((&raw mut (*place).semaphore).cast(), 1, 1))?;
            Ok(&*place)
        }
    }

    /// Does `work` while holding the lock: like Python's `with lock:`.
    fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: `create` made the semaphore. The call fails only when a signal interrupts it.
        while unsafe { libc::sem_wait(self.semaphore.get()) } != 0 {}
        // SAFETY: this process holds the lock, so nobody else has a reference to the value.
        let result = work(unsafe { &mut *self.value.get() });
        // SAFETY: `create` made the semaphore.
        unsafe { libc::sem_post(self.semaphore.get()) };
        result
    }
}
