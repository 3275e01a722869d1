//! Wrong: the children tick themselves off in a named shared memory whose name is never unlinked.
use nix::fcntl::OFlag;
use nix::sys::mman::{MapFlags, ProtFlags, mmap, shm_open};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, ftruncate, getpid};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        std::process::exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| std::thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));

    let name = format!("/processes-{}", getpid());
    let fd = shm_open(name.as_str(), OFlag::O_CREAT | OFlag::O_RDWR, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    ftruncate(&fd, 4096).unwrap();
    let size = NonZero::new(4096).unwrap();
    let map = unsafe { mmap(None, size, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED, &fd, 0) };
    let done = unsafe { map.unwrap().cast::<AtomicU64>().as_ref() };

    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(n);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                done.fetch_add(1, SeqCst);
                std::process::exit(0)
            }
        }
    }
    for child in children {
        waitpid(child, None).unwrap();
    }
    eprintln!("{} children are done", done.load(SeqCst));
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
