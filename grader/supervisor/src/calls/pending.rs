//! Which signals are pending, by the kernel's own word: asked as seldom as can be, since it is
//! asked before each choice.

use std::fs::File;
use std::io::Read;

use explorer::TaskId;
use procfs::FromRead;

use crate::engine::Engine;
use crate::task::{Op, Signalled, State};

use super::Deed;

impl Engine<'_> {
    /// Whether a signal is there that would end a wait of `id`: one that its process catches
    /// or that ends it.
    pub(crate) fn interrupts(&mut self, id: TaskId) -> bool {
        self.coming(id).is_some()
    }

    /// The signal that would be delivered to `id` now, or that it waits for.
    pub(crate) fn coming(&mut self, id: TaskId) -> Option<i32> {
        let asks = matches!(&self.task(id).state, State::At(Op::Call(site)) if matches!(site.deed, Deed::AwaitSignal));
        match self.process_of(id).signalled {
            Signalled::No => return None,
            Signalled::Unnoticed if !asks => return None,
            Signalled::Unnoticed | Signalled::Perhaps => {}
        }
        let pending = Signals::of(self.task(id).pid)?;
        let mut blocked = pending.blocked;
        let mut awaited = 0;
        if let State::At(Op::Call(site)) = &self.task(id).state
            && asks
        {
            match site.call {
                libc::SYS_rt_sigsuspend => blocked = self.peek_u64(id, site.args[0]).unwrap_or(blocked),
                libc::SYS_rt_sigtimedwait => {
                    awaited = self.peek_u64(id, site.args[0]).unwrap_or(0);
                    blocked &= !awaited;
                }
                _ => {}
            }
        }
        let Some(found) = self.first_noticed(id, pending.all() & !blocked, awaited) else {
            if !asks {
                self.look_at_signals(id, pending);
            }
            return None;
        };
        // one that is for the process goes to the first of its tasks that takes it
        let only_shared = pending.own & (1u64 << (found - 1)) == 0;
        (!only_shared || self.takes_first(id, found, awaited)).then_some(found)
    }

    fn first_noticed(&self, id: TaskId, there: u64, awaited: u64) -> Option<i32> {
        (1..=64).find(|signal: &i32| {
            let bit = 1u64 << (signal - 1);
            there & bit != 0 && (awaited & bit != 0 || self.is_noticed(id, *signal))
        })
    }

    /// Nothing is there for `id` itself: whether that holds for its whole process is remembered.
    fn look_at_signals(&mut self, id: TaskId, pending: Signals) {
        let process = self.task(id).process;
        let others = self
            .tasks
            .iter()
            .filter(|task| task.process == process && task.id != id && !matches!(task.state, State::Ended));
        let mut all = pending.all();
        for task in others {
            let Some(pending) = Signals::of(task.pid) else { return };
            if self.first_noticed(id, pending.all() & !pending.blocked, 0).is_some() {
                return;
            }
            all |= pending.all();
        }
        self.process_of_mut(id).signalled = if all == 0 { Signalled::No } else { Signalled::Unnoticed };
    }

    fn takes_first(&self, id: TaskId, signal: i32, awaited: u64) -> bool {
        let bit = 1u64 << (signal - 1);
        let process = self.task(id).process;
        awaited & bit != 0
            || !self
                .tasks
                .iter()
                .filter(|task| task.process == process && task.id < id && !matches!(task.state, State::Ended))
                .any(|task| Signals::of(task.pid).is_some_and(|signals| signals.blocked & bit == 0))
    }
}

/// The signals of a task, a bit each.
#[derive(Clone, Copy, Debug)]
struct Signals {
    /// Pending for it alone.
    own: u64,
    /// Pending for its process.
    shared: u64,
    blocked: u64,
}

impl Signals {
    /// `None` once the task is gone.
    fn of(pid: nix::unistd::Pid) -> Option<Signals> {
        // enough for most machines; the lists of groups and processors have no end of their own
        let mut text = Vec::with_capacity(4096);
        File::open(format!("/proc/{pid}/status")).ok()?.read_to_end(&mut text).ok()?;
        let status = procfs::process::Status::from_read(&text[..]).ok()?;
        Some(Signals { own: status.sigpnd, shared: status.shdpnd, blocked: status.sigblk })
    }

    /// Everything that is pending.
    fn all(&self) -> u64 {
        self.own | self.shared
    }
}
