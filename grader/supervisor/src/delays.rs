//! Delayed stores in an execution: which may wait, what their own task sees, and when they
//! come to memory. `buffers` keeps them. Where anything is uncertain they come to memory at
//! once: that shows less than a processor may do, and never more.

use explorer::{AccessKind, Action, CodeAddress, Step, TaskId};

use crate::buffers::{Delayed, Destination, Forwarded, Home};
use crate::engine::Engine;
use crate::instructions::LONGEST;
use crate::machine::{Effect, Instruction, Way, is_fence};
use crate::memory;

impl Engine<'_> {
    /// Where a store that the scheduler wants to go to `wanted` goes: behind those that wait
    /// already, in any case.
    pub(crate) fn destination(&self, id: TaskId, wanted: Destination) -> Destination {
        if self.buffers.holds(id) { Destination::Buffer } else { wanted }
    }

    /// Before an access: where its store goes. Whatever is no plain load or store finds the
    /// buffer empty.
    pub(crate) fn prepare_access(&mut self, id: TaskId, instruction: &Instruction, wanted: Destination) -> Destination {
        let destination = self.destination(id, wanted);
        if destination == Destination::Memory {
            return destination;
        }
        match (instruction.effect, instruction.way) {
            (Effect::Load, Way::Apart | Way::InPlace) | (Effect::Split, Way::Apart) => destination,
            (Effect::Store, Way::Apart) => self.prepare_store(id, instruction.address, instruction.size.into(), wanted),
            (Effect::Store | Effect::Split, Way::InPlace)
            | (Effect::Update | Effect::Exchange | Effect::Copy | Effect::Fill, _) => {
                self.drain(id);
                Destination::Memory
            }
        }
    }

    /// Before a plain store: where it goes.
    pub(crate) fn prepare_store(&mut self, id: TaskId, address: u64, len: u64, wanted: Destination) -> Destination {
        let destination = self.destination(id, wanted);
        if destination == Destination::Buffer && !self.can_wait(id, address, len) {
            self.drain(id);
            return Destination::Memory;
        }
        destination
    }

    /// Whether a store to these bytes can wait: all of them are shared, and lie side by side.
    fn can_wait(&self, id: TaskId, address: u64, len: u64) -> bool {
        let private = self.space(id).among(address, len).is_empty();
        let mut words = address / 8..=address.saturating_add(len.max(1) - 1) / 8;
        self.home(id, address, len).is_some() && (!private || words.all(|word| self.shares(id, word)))
    }

    /// What the bytes are, if they are of one object.
    fn home(&self, id: TaskId, address: u64, len: u64) -> Option<Home> {
        match &self.space(id).among(address, len)[..] {
            [] => Some(Home { object: self.private_object(id), first: address }),
            [(mapping, from, held)] if *from == address && *held == len => {
                Some(Home { object: mapping.object, first: mapping.byte(address) })
            }
            _ => None,
        }
    }

    /// Reads memory as `id` sees it: its own stores first.
    pub(crate) fn see(&mut self, id: TaskId, address: u64, into: &mut [u8]) -> nix::Result<Forwarded> {
        self.peek(id, address, into)?;
        if !self.buffers.holds(id) {
            return Ok(Forwarded::Nothing);
        }
        let forwarded = match self.home(id, address, into.len() as u64) {
            Some(home) => self.buffers.forward(id, home, into),
            None => Forwarded::Part,
        };
        if forwarded == Forwarded::Part {
            self.drain(id);
            self.peek(id, address, into)?;
            return Ok(Forwarded::Nothing);
        }
        Ok(forwarded)
    }

    /// Brings a store to where it goes. `before` is what stands there.
    pub(crate) fn store(
        &mut self,
        id: TaskId,
        code: u64,
        address: u64,
        before: &[u8],
        after: &[u8],
        destination: Destination,
    ) -> nix::Result<()> {
        let len = after.len() as u64;
        let known = match destination {
            Destination::Memory => None,
            Destination::Buffer => self.location_of(id, address, len).zip(self.home(id, address, len)),
        };
        let Some((location, home)) = known else {
            self.poke(id, address, after)?;
            self.record_access(id, code, address, AccessKind::Store, before, after);
            return Ok(());
        };
        let (place, frames) = (self.task(id).place, self.frames_at(id, code));
        self.buffers.push(id, Delayed { home, bytes: after.to_vec(), address, location, place, frames });
        Ok(())
    }

    /// The oldest store of `id` comes to memory.
    pub(crate) fn flush(&mut self, id: TaskId) {
        let Some(oldest) = self.buffers.take_oldest(id) else { return };
        let Delayed { bytes, address, place, frames, .. } = oldest;
        let mut before = vec![0; bytes.len()];
        if self.peek(id, address, &mut before).is_err() || self.poke(id, address, &bytes).is_err() {
            self.not_modelled("a delayed store to memory that is gone".into());
            return;
        }
        let Some((access, touched)) = self.access_of(id, address, AccessKind::Store, &before, &bytes) else { return };
        let action = Action::Access(access);
        self.record_step(Step { task: id, code: CodeAddress(place), frames, action, touched });
    }

    /// All stores of `id` come to memory, in order.
    pub(crate) fn drain(&mut self, id: TaskId) {
        while self.buffers.holds(id) {
            self.flush(id);
        }
    }

    /// All stores of everybody do.
    pub(crate) fn drain_all(&mut self) {
        for owner in self.buffers.owners() {
            self.drain(owner);
        }
    }

    /// Whether the instruction that `id` stands at waits until its stores are in memory, or
    /// may do so.
    pub(crate) fn is_at_fence(&self, id: TaskId) -> bool {
        let code = self.task(id).registers.code();
        if self.under_breakpoint(id, code).is_some() || self.is_inside(id) {
            return true;
        }
        let pid = self.task(id).pid;
        let mut bytes = memory::read_some(pid, code, LONGEST);
        if bytes.is_empty() {
            bytes = memory::read_protected(pid, code, LONGEST);
        }
        is_fence(&bytes)
    }
}

/// Whether what a task does by this call reaches the memory or the stores of others, too.
pub(crate) fn reaches_others(call: i64) -> bool {
    matches!(
        call,
        libc::SYS_mmap
            | libc::SYS_munmap
            | libc::SYS_mremap
            | libc::SYS_mprotect
            | libc::SYS_pkey_mprotect
            | libc::SYS_madvise
            | libc::SYS_brk
            | libc::SYS_shmat
            | libc::SYS_shmdt
            | libc::SYS_membarrier
            | libc::SYS_truncate
            | libc::SYS_ftruncate
            | libc::SYS_fallocate
            | libc::SYS_execve
            | libc::SYS_execveat
            | libc::SYS_exit_group
    )
}
