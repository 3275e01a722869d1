//! Keeps the calling thread, and what it starts, on one processor.

use std::sync::Mutex;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// How many threads are pinned to each processor.
static USED: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// While it lives, the thread is pinned.
pub(crate) struct Pinned {
    before: Option<(CpuSet, usize)>,
}

impl Pinned {
    /// Pins the thread to the processor that has the fewest pinned ones. Where that is not
    /// allowed, executions are slower, and that is all.
    pub(crate) fn new() -> Pinned {
        let this = Pid::from_raw(0);
        let Ok(before) = sched_getaffinity(this) else { return Pinned { before: None } };
        let mut used = USED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        used.resize(CpuSet::count(), 0);
        let Some(processor) = (0..CpuSet::count())
            .filter(|number| before.is_set(*number).unwrap_or(false))
            .min_by_key(|number| used[*number])
        else {
            return Pinned { before: None };
        };
        let mut one = CpuSet::new();
        if one.set(processor).is_err() || sched_setaffinity(this, &one).is_err() {
            return Pinned { before: None };
        }
        used[processor] += 1;
        Pinned { before: Some((before, processor)) }
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some((before, processor)) = self.before {
            let _ = sched_setaffinity(Pid::from_raw(0), &before);
            let mut used = USED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            used[processor] = used[processor].saturating_sub(1);
        }
    }
}
