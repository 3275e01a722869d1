//! How far a program goes the same way in every execution: from there each is a copy.

use explorer::TaskId;

use crate::RunError;
use crate::buffers::Destination;
use crate::calls::{Deed, NameEffect, Names, Tale, Way};
use crate::engine::Engine;
use crate::launch::Standard;
use crate::machine::Registers;
use crate::objects::{Kind, is_standard, numbers};
use crate::task::{Op, State};

impl Engine<'_> {
    /// Lets the first task, which stands before a call, go on to the next one. Returns whether
    /// copies made there could do without what it did.
    pub(crate) fn pass_call(&mut self) -> Result<bool, RunError> {
        let registers = self.task(TaskId::FIRST).registers;
        if !is_kept_by_copies(registers.call(), registers.args()) {
            return Ok(false);
        }
        self.task_mut(TaskId::FIRST).state = State::Running;
        if !self.arrive(TaskId::FIRST)? {
            self.advance(TaskId::FIRST)?;
        } else if self.stands_at_plain_call() {
            self.step(TaskId::FIRST, Destination::Memory)?;
        } else {
            return Ok(false);
        }
        Ok(self.stands_before_call())
    }

    /// Whether the first task stands before a call of which nothing was done yet.
    pub(crate) fn stands_before_call(&self) -> bool {
        self.limit.is_none() && self.at_each_call && matches!(self.task(TaskId::FIRST).state, State::At(Op::Continue))
    }

    /// Whether the first task is at a call that does nothing to what copies would share: it
    /// looks, reads a file, or prints.
    fn stands_at_plain_call(&self) -> bool {
        let State::At(Op::Call(site)) = &self.task(TaskId::FIRST).state else { return false };
        let flags = match site.call {
            libc::SYS_open => site.args[1],
            libc::SYS_openat => site.args[2],
            _ => 0,
        };
        let reading = flags & (libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC) as u64 == libc::O_RDONLY as u64;
        let names = |names: &Names| match names.effect {
            NameEffect::Looks => true,
            NameEffect::Opens => reading,
            NameEffect::Changes => false,
        };
        // whoever is alone wakes nobody
        matches!(site.deed, Deed::Print { .. } | Deed::FutexWake { .. })
            || matches!(site.deed, Deed::Try(Tale::Looks(_) | Tale::Plain("close")))
            || matches!(site.deed, Deed::Contents { way: Way::Out, thing } if thing.kind == Kind::File)
            || matches!(site.deed, Deed::Try(Tale::Polls { .. }) if site.places.is_empty())
            || matches!(&site.deed, Deed::Try(Tale::Names(given)) if names(given))
    }

    /// Whether copies of the program, made here, would have nothing in common that one could
    /// change for the others: no descriptor but the standard ones, no shared memory, no file, no
    /// object of the kernel's.
    pub(crate) fn can_be_copied(&self, standard: &Standard) -> bool {
        let first = self.task(TaskId::FIRST);
        let process = self.process_of(TaskId::FIRST);
        self.tasks.len() == 1
            && first.deliver == 0
            && !process.stopped
            && self.space(TaskId::FIRST).is_empty()
            && self.timers.is_empty()
            && self.systemv.is_empty()
            && self.unmodelled.is_empty()
            && self.forbidden.is_empty()
            && self.filed == 0
            && self.names.leftovers().is_empty()
            && numbers(first.pid).into_iter().all(|number| is_standard(standard, (first.pid, number)))
    }

    /// The registers with which the first task comes to the call that it stands at.
    pub(crate) fn before_call(&self) -> Registers {
        let mut registers = self.task(TaskId::FIRST).registers;
        registers.redo_call(registers.call());
        registers
    }
}

/// Whether a copy has what this call did, and no other copy would notice: what the kernel keeps
/// for one process alone, and what is not inherited, it has not; flags of open files all share.
fn is_kept_by_copies(call: i64, args: [u64; 6]) -> bool {
    #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
    let int = |index: usize| args[index] as i32;
    match call {
        libc::SYS_prctl => !matches!(int(0), libc::PR_SET_PDEATHSIG | libc::PR_SET_CHILD_SUBREAPER),
        libc::SYS_fcntl => {
            matches!(int(1), libc::F_GETFD | libc::F_SETFD | libc::F_GETFL | libc::F_DUPFD | libc::F_DUPFD_CLOEXEC)
        }
        libc::SYS_ioctl => matches!(args[1], libc::TCGETS | libc::TIOCGWINSZ | libc::FIOCLEX | libc::FIONCLEX),
        // memory that is wiped in children, or not there
        libc::SYS_madvise => !matches!(int(2), libc::MADV_DONTFORK | libc::MADV_WIPEONFORK),
        libc::SYS_mlock | libc::SYS_mlock2 | libc::SYS_mlockall | libc::SYS_setpgid | libc::SYS_setsid => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::is_kept_by_copies;

    #[track_caller]
    fn check(call: i64, args: [i32; 3], kept: bool) {
        let [first, second, third] = args.map(|arg| i64::from(arg).cast_unsigned());
        assert_eq!(is_kept_by_copies(call, [first, second, third, 0, 0, 0]), kept);
    }

    #[test]
    fn what_a_program_asks_for_itself_is_kept() {
        check(libc::SYS_brk, [0, 0, 0], true);
        check(libc::SYS_fcntl, [1, libc::F_GETFL, 0], true);
        check(libc::SYS_madvise, [0, 4096, libc::MADV_DONTNEED], true);
        check(libc::SYS_prctl, [libc::PR_SET_NAME, 0, 0], true);
    }

    #[test]
    fn what_copies_share_or_lose_is_not() {
        check(libc::SYS_fcntl, [1, libc::F_SETFL, libc::O_NONBLOCK], false);
        check(libc::SYS_ioctl, [0, libc::FIONBIO as i32, 0], false);
        check(libc::SYS_madvise, [0, 4096, libc::MADV_WIPEONFORK], false);
        check(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG, 9, 0], false);
        check(libc::SYS_mlockall, [1, 0, 0], false);
    }
}
