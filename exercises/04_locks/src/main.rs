//! `locks WORKERS DEPOSITS`: many processes pay into one account.
//!
//! WORKERS processes each make DEPOSITS deposits of 10: the balance grows by 10, the number
//! of operations by 1. One more process, the auditor, looks at the account DEPOSITS times and
//! counts how often the balance is not 10 times the operations.
//!
//! With few deposits the program below seems to work. It does not: two processes can be in
//! the middle of a deposit at once. **Your task: let only one process at a time touch the
//! account**, so that no deposit is ever lost and the auditor never sees half of one.

use std::env;
use std::error::Error;
use std::process::{self, ExitCode};

use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use shared_memory::ShmemConf;

const AMOUNT: i64 = 10;

/// What lies in shared memory. New shared memory is filled with zeros.
#[repr(C)]
struct Account {
    balance: i64,
    operations: i64,
    /// The auditor's result.
    inconsistent: i64,
}

// ----- Work here. Whatever you add to `Account` is shared too; what needs to be set up
// ----- has to be set up in `run`, before the first child starts.

/// What each worker does again and again.
fn deposit(account: *mut Account) {
    // SAFETY: the account lies in memory that is mapped as long as the process lives.
    unsafe {
        (*account).balance += AMOUNT;
        (*account).operations += 1;
    }
}

/// One look of the auditor: do the two fields agree?
fn is_consistent(account: *mut Account) -> bool {
    // SAFETY: as in `deposit`.
    unsafe { (*account).balance == AMOUNT * (*account).operations }
}

// ----- The rest can stay as it is.

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

/// The two arguments, or nothing if they are not as they should be.
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
    // Shared memory is made before the children: after a fork, parent and child still mean
    // the same bytes by the same address. Its name in the system goes away when the parent
    // drops `memory`.
    let memory = ShmemConf::new().size(size_of::<Account>()).create()?;
    let account: *mut Account = memory.as_ptr().cast();

    // All are started before the first is waited for.
    let mut children = Vec::new();
    for _ in 0..workers {
        children.push(start(|| make_deposits(account, deposits))?);
    }
    children.push(start(|| audit(account, deposits))?);

    for child in children {
        // Waiting also tells how the child ended.
        if waitpid(child, None)? != WaitStatus::Exited(child, 0) {
            return Err("a child process failed".into());
        }
    }

    // SAFETY: as in `deposit`; and nobody else is left who could use the account.
    let account = unsafe { &*account };
    println!("balance: {}", account.balance);
    println!("operations: {}", account.operations);
    println!("inconsistent audits: {}", account.inconsistent);
    Ok(())
}

fn make_deposits(account: *mut Account, deposits: u32) {
    for _ in 0..deposits {
        deposit(account);
    }
}

fn audit(account: *mut Account, audits: u32) {
    let mut inconsistent = 0;
    for _ in 0..audits {
        if !is_consistent(account) {
            inconsistent += 1;
        }
    }
    // SAFETY: as in `deposit`; no other process writes this field.
    unsafe { (*account).inconsistent = inconsistent };
}

/// Starts a child process that does `work` and ends.
fn start(work: impl FnOnce()) -> nix::Result<Pid> {
    // fork returns twice: in the parent with the child's number, and in the child.
    // SAFETY: this process has one thread, so the child finds no lock held by another.
    match unsafe { fork()? } {
        ForkResult::Parent { child } => Ok(child),
        ForkResult::Child => {
            work();
            process::exit(0); // or the child would go on with the parent's part
        }
    }
}
