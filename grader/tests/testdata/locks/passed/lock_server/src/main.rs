//! Right: the parent hands out the lock over ipc-channel, to one child at a time, and gets it back before the next has its turn.

use ipc_channel::ipc::{self, IpcReceiver, IpcSender};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use serde_free::Message;

/// What children tell the server. Numbers rather than an enum: they need no derive.
mod serde_free {
    /// The child's number, and one of the constants.
    pub type Message = (usize, u8);
    pub const TAKE: u8 = 0;
    pub const GIVE: u8 = 1;
    pub const DONE: u8 = 2;
}
use serde_free::{DONE, GIVE, TAKE};

struct Lock {
    me: usize,
    server: IpcSender<Message>,
    granted: IpcReceiver<()>,
}

impl Lock {
    fn with<R>(&self, f: impl FnOnce() -> R) -> R {
        self.server.send((self.me, TAKE)).unwrap();
        self.granted.recv().unwrap();
        let r = f();
        self.server.send((self.me, GIVE)).unwrap();
        r
    }
}

fn serve(requests: &IpcReceiver<Message>, grants: &[IpcSender<()>]) {
    let mut waiting = std::collections::VecDeque::new();
    let mut held = false;
    let mut running = grants.len();
    while running > 0 {
        match requests.recv().expect("request") {
            (child, TAKE) => waiting.push_back(child),
            (_, GIVE) => held = false,
            _ => running -= 1,
        }
        if !held && let Some(next) = waiting.pop_front() {
            grants[next].send(()).expect("grant");
            held = true;
        }
    }
}

fn main() {
    let args: Vec<Option<usize>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let [Some(workers @ 1..=64), Some(deposits @ 0..=1_000_000)] = args[..] else {
        eprintln!("usage: locks WORKERS DEPOSITS");
        std::process::exit(2);
    };
    let length = std::num::NonZeroUsize::new(size_of::<[u64; 3]>()).unwrap();
    let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
    let account = unsafe { mmap_anonymous(None, length, rw, MapFlags::MAP_SHARED) }.unwrap().cast::<[u64; 3]>().as_ptr();

    let (server, requests) = ipc::channel::<Message>().unwrap();
    let mut grants = Vec::new();
    let mut pids: Vec<Pid> = Vec::new();
    for me in 0..workers + 1 {
        let (grant, granted) = ipc::channel::<()>().unwrap();
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => {
                grants.push(grant);
                pids.push(child);
            }
            ForkResult::Child => {
                let lock = Lock { me, server, granted };
                for _ in 0..deposits {
                    lock.with(|| unsafe {
                        if me < workers {
                            (*account)[0] += 10;
                            (*account)[1] += 1;
                        } else if (*account)[0] != 10 * (*account)[1] {
                            (*account)[2] += 1;
                        }
                    });
                }
                lock.server.send((me, DONE)).unwrap();
                std::process::exit(0);
            }
        }
    }
    serve(&requests, &grants);
    for pid in pids {
        assert_eq!(waitpid(pid, None).unwrap(), WaitStatus::Exited(pid, 0));
    }
    let [balance, operations, inconsistent] = unsafe { *account };
    println!("balance: {balance}\noperations: {operations}\ninconsistent audits: {inconsistent}");
}
