//! The watch over running tasks: a thread that stops a task which neither stops by itself nor
//! ends, so that its supervisor can look at what it used.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// How long a task may run before it is looked at.
const LOOK_AFTER: Duration = Duration::from_millis(25);

/// What one supervisor tells the watch.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// The process that runs, or 0.
    process: AtomicI32,
    task: AtomicI32,
    /// Changes at each start.
    turn: AtomicU64,
    /// The turn at the last look.
    seen: AtomicU64,
    /// At the last look it slept in the kernel.
    asleep: AtomicBool,
}

impl Watched {
    pub(crate) fn new() -> Arc<Watched> {
        static ALL: OnceLock<Mutex<Vec<Arc<Watched>>>> = OnceLock::new();
        let watched = Arc::new(Watched::default());
        let all = ALL.get_or_init(|| {
            std::thread::spawn(|| {
                loop {
                    std::thread::sleep(LOOK_AFTER);
                    if let Some(all) = ALL.get() {
                        look(&mut all.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
                    }
                }
            });
            Mutex::new(Vec::new())
        });
        all.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(Arc::clone(&watched));
        watched
    }

    pub(crate) fn start(&self, process: i32, task: i32) {
        self.process.store(process, Ordering::Relaxed);
        self.task.store(task, Ordering::Relaxed);
        self.turn.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn stop(&self) {
        self.task.store(0, Ordering::Release);
        self.turn.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn slept(&self) -> bool {
        self.asleep.load(Ordering::Relaxed)
    }
}

fn look(all: &mut Vec<Arc<Watched>>) {
    // a supervisor that is done has let go of its own reference
    all.retain(|watched| Arc::strong_count(watched) > 1);
    for watched in all.iter() {
        let turn = watched.turn.load(Ordering::Acquire);
        let task = watched.task.load(Ordering::Acquire);
        if task != 0 && watched.seen.swap(turn, Ordering::Relaxed) == turn {
            let asleep = procfs::process::Process::new(task)
                .and_then(|process| process.stat())
                .is_ok_and(|stat| stat.state == 'S');
            watched.asleep.store(asleep, Ordering::Relaxed);
            // SAFETY: a signal by number; the task is one of ours, or gone and its number
            // not yet used again, since only its supervisor clears it away.
            unsafe { libc::syscall(libc::SYS_tgkill, watched.process.load(Ordering::Relaxed), task, libc::SIGSTOP) };
        }
    }
}
