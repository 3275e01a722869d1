//! Right: the lock is a named POSIX semaphore, unlinked as soon as it is open; the children inherit it.

use nix::libc;
use nix::sys::mman::{mmap_anonymous, MapFlags, ProtFlags};
use nix::sys::wait::wait;
use nix::unistd::{fork, ForkResult};
use std::ffi::CString;

fn main() {
    let args = std::env::args().skip(1).map(|s| s.parse::<u64>().ok()).collect::<Option<Vec<u64>>>();
    let (workers, deposits) = match args.as_deref() {
        Some(&[w, d]) if w >= 1 && w <= 64 && d <= 1_000_000 => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };

    // three u64 in a row: balance, operations, inconsistent audits
    let page = std::num::NonZeroUsize::new(4096).unwrap();
    let memory = unsafe { mmap_anonymous(None, page, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED) };
    let account = memory.unwrap().as_ptr() as *mut u64;

    let name = CString::new(format!("/locks-{}", std::process::id())).unwrap();
    let sem = unsafe { libc::sem_open(name.as_ptr(), libc::O_CREAT | libc::O_EXCL, 0o600, 1) };
    assert!(sem != libc::SEM_FAILED, "sem_open: {}", std::io::Error::last_os_error());
    unsafe { libc::sem_unlink(name.as_ptr()) };

    let take = || while unsafe { libc::sem_wait(sem) } == -1 {};
    let give = || unsafe { libc::sem_post(sem) };

    for _ in 0..workers {
        if let ForkResult::Child = unsafe { fork() }.unwrap() {
            for _ in 0..deposits {
                take();
                unsafe {
                    account.write_volatile(account.read_volatile() + 10);
                    account.add(1).write_volatile(account.add(1).read_volatile() + 1);
                }
                give();
            }
            std::process::exit(0);
        }
    }
    // auditor
    if let ForkResult::Child = unsafe { fork() }.unwrap() {
        let mut wrong = 0;
        for _ in 0..deposits {
            take();
            let (b, o) = unsafe { (account.read_volatile(), account.add(1).read_volatile()) };
            give();
            if b != 10 * o {
                wrong += 1;
            }
        }
        unsafe { account.add(2).write_volatile(wrong) };
        std::process::exit(0);
    }
    // reap everybody
    while wait().is_ok() {}
    unsafe { libc::sem_close(sem) };

    let [b, o, w] = unsafe { *(account as *const [u64; 3]) };
    print!("balance: {b}\noperations: {o}\ninconsistent audits: {w}\n");
}
