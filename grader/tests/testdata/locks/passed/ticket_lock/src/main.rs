//! Right: a ticket lock; who draws a number waits, yielding, until it is called.

use nix::libc;
use nix::sched::sched_yield;
use nix::sys::memfd::{memfd_create, MFdFlags};
use nix::sys::mman::{mmap, MapFlags, ProtFlags};
use nix::sys::wait::waitpid;
use nix::unistd::{fork, ftruncate, ForkResult};
use std::cell::Cell;
use std::num::NonZeroUsize;
use std::process::exit;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

#[repr(C)]
struct Shared {
    next: AtomicU32,
    called: AtomicU32,
    balance: Cell<u64>,
    operations: Cell<u64>,
    inconsistent: Cell<u64>,
}

impl Shared {
    fn enter(&self) {
        let mine = self.next.fetch_add(1, SeqCst);
        while self.called.load(SeqCst) != mine {
            let _ = sched_yield();
        }
    }
    fn leave(&self) {
        self.called.fetch_add(1, SeqCst);
    }
}

fn map() -> nix::Result<&'static Shared> {
    let fd = memfd_create("account", MFdFlags::MFD_CLOEXEC)?;
    let size = NonZeroUsize::new(std::mem::size_of::<Shared>()).unwrap();
    ftruncate(&fd, size.get() as libc::off_t)?;
    let p = unsafe { mmap(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &fd, 0)? };
    Ok(unsafe { p.cast::<Shared>().as_ref() }) // zeros are a good start for every field
}

fn main() {
    let mut it = std::env::args().skip(1);
    let workers = it.next().and_then(|s| s.parse::<u8>().ok()).filter(|w| (1..=64).contains(w));
    let deposits = it.next().and_then(|s| s.parse::<u32>().ok()).filter(|d| (0..=1_000_000).contains(d));
    let (Some(workers), Some(deposits), None) = (workers, deposits, it.next()) else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        exit(2)
    };

    let s = map().expect("shared memory");
    let mut pids = Vec::new();
    for id in 0..workers + 1 {
        match unsafe { fork() } {
            Err(e) => panic!("fork: {e}"),
            Ok(ForkResult::Parent { child }) => pids.push(child),
            Ok(ForkResult::Child) => {
                for _ in 0..deposits {
                    s.enter();
                    if id < workers {
                        s.balance.set(s.balance.get() + 10);
                        s.operations.set(s.operations.get() + 1);
                    } else if s.balance.get() != s.operations.get() * 10 {
                        s.inconsistent.set(s.inconsistent.get() + 1);
                    }
                    s.leave();
                }
                exit(0)
            }
        }
    }
    pids.into_iter().for_each(|p| {
        waitpid(p, None).expect("waitpid");
    });
    println!("balance: {}\noperations: {}\ninconsistent audits: {}", s.balance.get(), s.operations.get(), s.inconsistent.get());
}
