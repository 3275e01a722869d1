//! Right: fcntl write locks belong to processes, so one inherited descriptor of a nameless file serves them all.

use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::mman::{MapFlags, ProtFlags, mmap, munmap};
use nix::sys::wait::wait;
use nix::unistd::{ForkResult, fork, ftruncate};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd};

const BALANCE: usize = 0;
const OPERATIONS: usize = 1;
const BAD: usize = 2;

fn set(fd: BorrowedFd, kind: i32) {
    let lock = libc::flock { l_type: kind as _, l_whence: libc::SEEK_SET as _, l_start: 0, l_len: 1, l_pid: 0 };
    fcntl(fd, FcntlArg::F_SETLKW(&lock)).expect("fcntl");
}

fn main() -> Result<(), nix::Error> {
    let args: Vec<_> = std::env::args().collect();
    let usage = || -> ! {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2)
    };
    if args.len() != 3 { usage() }
    let workers: u32 = args[1].parse().unwrap_or_else(|_| usage());
    let deposits: u32 = args[2].parse().unwrap_or_else(|_| usage());
    if workers == 0 || workers > 64 || deposits > 1000000 { usage() }

    // the file that is locked is also the memory that is shared
    let file = memfd_create(c"account", MFdFlags::empty())?;
    ftruncate(&file, 24)?;
    let size = NonZeroUsize::new(24).unwrap();
    let start = unsafe { mmap(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &file, 0)? };
    let field = |i: usize| unsafe { start.cast::<u64>().add(i).as_ptr() };

    for i in 0..workers + 1 {
        let ForkResult::Child = (unsafe { fork()? }) else { continue };
        for _ in 0..deposits {
            if i < workers {
                set(file.as_fd(), libc::F_WRLCK);
                unsafe {
                    *field(BALANCE) += 10;
                    *field(OPERATIONS) += 1;
                }
            } else {
                // reading: several auditors could hold this kind at once
                set(file.as_fd(), libc::F_RDLCK);
                unsafe {
                    if *field(BALANCE) != 10 * *field(OPERATIONS) {
                        *field(BAD) += 1;
                    }
                }
            }
            set(file.as_fd(), libc::F_UNLCK);
        }
        std::process::exit(0);
    }
    for _ in 0..workers + 1 {
        wait()?;
    }
    unsafe {
        println!("balance: {}", *field(BALANCE));
        println!("operations: {}", *field(OPERATIONS));
        println!("inconsistent audits: {}", *field(BAD));
        munmap(start, size.get())
    }
}
