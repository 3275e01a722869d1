//! Right: the children are this program executed again; they open the shared memory and a file to lock by name, which the parent removes.

use shared_memory::{Shmem, ShmemConf};
use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::process::{Child, Command, exit};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[repr(C)]
struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn account(memory: &Shmem) -> *mut Account {
    memory.as_ptr().cast()
}

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["--deposit", id, lock, times] => deposit(id, lock, times.parse()?),
        ["--audit", id, lock, times] => audit(id, lock, times.parse()?),
        [workers, deposits] => match (workers.parse(), deposits.parse()) {
            (Ok(workers @ 1..=64), Ok(deposits @ 0..=1_000_000)) => parent(workers, deposits),
            _ => usage(),
        },
        _ => usage(),
    }
}

fn usage() -> ! {
    eprintln!("usage: locks WORKERS DEPOSITS");
    exit(2)
}

fn parent(workers: u32, deposits: u32) -> Result<()> {
    let memory = ShmemConf::new().size(size_of::<Account>()).create()?;
    let lock = env::temp_dir().join(format!("locks{}", std::process::id()));
    fs::write(&lock, "")?;

    let child = |role: &str| -> std::io::Result<Child> {
        Command::new(env::current_exe()?)
            .args([role, memory.get_os_id()])
            .arg(&lock)
            .arg(deposits.to_string())
            .spawn()
    };
    let mut children = Vec::new();
    for _ in 0..workers {
        children.push(child("--deposit")?);
    }
    children.push(child("--audit")?);

    let mut failed = false;
    for mut c in children {
        failed |= !c.wait()?.success();
    }
    fs::remove_file(&lock)?;
    if failed {
        return Err("a child failed".into());
    }
    let end = unsafe { account(&memory).read() };
    println!("balance: {}", end.balance);
    println!("operations: {}", end.operations);
    println!("inconsistent audits: {}", end.inconsistent);
    Ok(())
}

fn deposit(id: &str, lock: &str, times: u32) -> Result<()> {
    let memory = ShmemConf::new().os_id(id).open()?;
    let account = account(&memory);
    let lock = File::open(lock)?;
    for _ in 0..times {
        lock.lock()?;
        unsafe {
            (*account).balance += 10;
            (*account).operations += 1;
        }
        lock.unlock()?;
    }
    Ok(())
}

fn audit(id: &str, lock: &str, times: u32) -> Result<()> {
    let memory = ShmemConf::new().os_id(id).open()?;
    let account = account(&memory);
    let lock = File::open(lock)?;
    for _ in 0..times {
        lock.lock()?;
        unsafe {
            if (*account).balance != 10 * (*account).operations {
                (*account).inconsistent += 1;
            }
        }
        lock.unlock()?;
    }
    Ok(())
}
