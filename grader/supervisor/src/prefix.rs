//! How far a program goes the same way in every execution: from there each is a copy.

use explorer::TaskId;

use crate::calls::{Deed, NameEffect, Names, Tale, Way};
use crate::engine::Engine;
use crate::machine::Registers;
use crate::objects::{Kind, descriptors};
use crate::task::{Op, State};

impl Engine<'_> {
    /// Whether the first task stands before a call.
    pub(crate) fn stands_at_call(&self) -> bool {
        matches!(self.task(TaskId::FIRST).state, State::At(Op::Call(_)))
    }

    /// Whether that call does nothing to what copies would share: it looks, reads a
    /// file, or prints.
    pub(crate) fn stands_at_plain_call(&self) -> bool {
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
    pub(crate) fn can_be_copied(&self) -> bool {
        let first = self.task(TaskId::FIRST);
        let process = self.process_of(TaskId::FIRST);
        const STANDARD: i32 = 2;
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
            && descriptors(first.pid).iter().all(|(number, _)| *number <= STANDARD)
    }

    /// The registers with which the first task comes to the call that it stands at.
    pub(crate) fn before_call(&self) -> Registers {
        let mut registers = self.task(TaskId::FIRST).registers;
        registers.redo_call(registers.call());
        registers
    }
}
