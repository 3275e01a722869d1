//! Right: the queue is a ring in shared memory with two semaphores, the lock is an atomic flag that a second process takes too, and one process per tool stays until it is waited for.
use shared_memory::{Shmem, ShmemConf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};
use std::{mem::MaybeUninit, time::Instant};

use nix::libc::{self, sem_t};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair};
use std::os::fd::AsRawFd;

const SLOTS: usize = 16;

#[repr(C)]
struct Ring {
    free: MaybeUninit<sem_t>,
    full: MaybeUninit<sem_t>,
    slots: [AtomicU32; SLOTS],
}

fn new_shared<T>() -> (Shmem, *mut T) {
    let memory = ShmemConf::new().size(size_of::<T>()).create().unwrap();
    let pointer = memory.as_ptr().cast(); // new shared memory is all zeros
    (memory, pointer)
}

fn fork_or_die() -> i32 {
    match unsafe { libc::fork() } {
        -1 => panic!("fork: {}", std::io::Error::last_os_error()),
        pid => pid,
    }
}

fn finish(pid: i32) {
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    assert_eq!(status, 0, "a child failed");
}

fn process(rounds: u32) {
    for _ in 0..rounds {
        let pid = fork_or_die();
        if pid == 0 {
            unsafe { libc::_exit(0) }
        }
        finish(pid);
    }
}

fn pipe(rounds: u32) {
    let (a, b) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).expect("socketpair");
    let pid = fork_or_die();
    let mut packet = [0u8; 64];
    if pid == 0 {
        for _ in 0..rounds {
            let n = recv(b.as_raw_fd(), &mut packet, MsgFlags::empty()).unwrap();
            send(b.as_raw_fd(), &packet[..n], MsgFlags::empty()).unwrap();
        }
        unsafe { libc::_exit(0) }
    }
    for _ in 0..rounds {
        send(a.as_raw_fd(), b"how are you?", MsgFlags::empty()).unwrap();
        assert_eq!(recv(a.as_raw_fd(), &mut packet, MsgFlags::empty()), Ok(12));
    }
    finish(pid);
}

fn queue(rounds: u32) {
    let (_memory, ring) = new_shared::<Ring>();
    unsafe {
        libc::sem_init((*ring).free.as_mut_ptr(), 1, SLOTS as u32);
        libc::sem_init((*ring).full.as_mut_ptr(), 1, 0);
        let pid = fork_or_die();
        if pid == 0 {
            for i in 0..rounds {
                libc::sem_wait((*ring).free.as_mut_ptr());
                (*ring).slots[i as usize % SLOTS].store(i + 1, Relaxed);
                libc::sem_post((*ring).full.as_mut_ptr());
            }
            libc::_exit(0)
        }
        for i in 0..rounds {
            libc::sem_wait((*ring).full.as_mut_ptr());
            assert_eq!((*ring).slots[i as usize % SLOTS].load(Relaxed), i + 1);
            libc::sem_post((*ring).free.as_mut_ptr());
        }
        finish(pid);
        libc::sem_destroy((*ring).free.as_mut_ptr());
        libc::sem_destroy((*ring).full.as_mut_ptr());
    }
}

fn lock(rounds: u32) {
    let (_memory, taken) = new_shared::<AtomicBool>();
    let taken = unsafe { &*taken };
    let once = || {
        while taken.swap(true, Acquire) {
            std::thread::yield_now();
        }
        taken.store(false, Release);
    };
    let pid = fork_or_die();
    if pid == 0 {
        once(); // the lock is not only mine
        unsafe { libc::_exit(0) }
    }
    (0..rounds).for_each(|_| once());
    finish(pid);
}

fn value(rounds: u32) {
    let (_memory, value) = new_shared::<AtomicU64>();
    let value = unsafe { &*value };
    for i in 0..rounds as u64 {
        value.store(i, SeqCst);
        assert_eq!(value.load(SeqCst), i);
    }
}

fn pool(rounds: u32) {
    use rayon::prelude::*;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let squares: Vec<u64> = pool.install(|| (0..rounds).into_par_iter().with_max_len(1).map(|n| u64::from(n).pow(2)).collect());
    assert_eq!(squares.len(), rounds as usize);
}

macro_rules! tools {
    ($($name:literal $need:literal $function:ident)*) => { [$(($name, $need, $function as fn(u32))),*] };
}

fn main() {
    let tools = tools! {
        "Process" "start independent processes" process
        "Pipe" "two processes talk" pipe
        "Queue" "several processes talk" queue
        "Lock" "avoid conflicts" lock
        "Value, Array" "share memory" value
        "Pool" "many tasks in parallel, easily" pool
    };
    let mut args = std::env::args().skip(1);
    let mut first = args.next();
    let mut file = None;
    if first.as_deref() == Some("--chart") {
        file = args.next();
        first = args.next();
    }
    let rounds: u32 = first.and_then(|text| text.parse().ok()).unwrap_or_default();
    if rounds == 0 || rounds > 100_000 || args.next().is_some() {
        eprintln!("usage: compare [--chart FILE.svg] ROUNDS");
        std::process::exit(2)
    }
    let mut out = String::from("tool main use cost of one\n");
    let mut svg = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\">");
    for (i, (name, need, function)) in tools.iter().enumerate() {
        let start = Instant::now();
        function(rounds);
        let ns = start.elapsed().as_nanos() as f64 / rounds as f64;
        let (x, unit) = match ns {
            ns if ns < 1e3 => (ns, "ns"),
            ns if ns < 1e6 => (ns / 1e3, "µs"),
            ns if ns < 1e9 => (ns / 1e6, "ms"),
            ns => (ns / 1e9, "s"),
        };
        out += &format!("{name:14}{need:34}{x:>8.2} {unit}\n");
        let width = (ns + 1.0).log10() * 50.0;
        svg += &format!("<rect y=\"{}\" width=\"{width}\" height=\"9\"><title>{name}</title></rect>", i * 10);
    }
    if let Some(file) = file {
        std::fs::write(file, svg + "</svg>").unwrap();
    }
    for line in std::io::stdin().lines().map(Result::unwrap) {
        let need = line.trim();
        if need.is_empty() {
            continue;
        }
        out += need;
        out += ": ";
        out += tools.iter().find(|tool| tool.1 == need).map_or("unknown", |tool| tool.0);
        out.push('\n');
    }
    print!("{out}");
}
