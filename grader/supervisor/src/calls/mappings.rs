//! Calls that change what an address space shares: every shared mapping is followed from its
//! making to its end, and protected as soon as a second process has the object.

use explorer::{ObjectId, TaskId};

use crate::RunError;
use crate::engine::{Engine, digest};
use crate::filter::COUNTED_FROM;
use crate::inject::send_again;
use crate::machine::scratch;
use crate::mapping::Mapping;
use crate::objects::Kind;

use super::arrive::Plan;
use super::{Condition, Deed, Tale};

const PAGE: u64 = 4096;

/// Whether the signal that a task stopped for is its own fault, sent by nobody.
fn is_by_fault(pid: nix::unistd::Pid) -> bool {
    nix::sys::ptrace::getsiginfo(pid).is_ok_and(|info| info.si_code > 0)
}

impl Engine<'_> {
    /// The supervisor's own pages are not the program's to change: what they do would change too.
    pub(super) fn guard(&self, call: i64, args: [u64; 6]) -> Option<Plan> {
        let over = |start: u64, len: u64| {
            start < scratch::start() + scratch::LEN && start.saturating_add(len) > scratch::start()
        };
        let touches = match call {
            libc::SYS_mmap => args[3] & libc::MAP_FIXED as u64 != 0 && over(args[0], args[1]),
            libc::SYS_munmap | libc::SYS_mprotect | libc::SYS_pkey_mprotect | libc::SYS_madvise => {
                over(args[0], args[1])
            }
            libc::SYS_mremap => {
                over(args[0], args[1].max(args[2]))
                    || args[3] & libc::MREMAP_FIXED as u64 != 0 && over(args[4], args[2])
            }
            libc::SYS_shmat => over(args[1], PAGE),
            _ => return None,
        };
        touches.then(|| Plan::Forbidden { what: "reached for the grader's own memory".into(), errno: libc::EINVAL })
    }

    pub(super) fn map(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        let [address, len, protection, flags, descriptor, offset] = args;
        let len = len.next_multiple_of(PAGE);
        let fixed = flags & (libc::MAP_FIXED as u64) != 0;
        if fixed {
            self.drop_range(id, address, len)?;
        }
        let shared = matches!((flags & 0xf) as i32, libc::MAP_SHARED | libc::MAP_SHARED_VALIDATE);
        if !shared {
            const WRITABLE: u64 = libc::PROT_WRITE as u64;
            const STACK: u64 = libc::MAP_STACK as u64;
            if len >= COUNTED_FROM && protection & WRITABLE != 0 && flags & STACK == 0 && !self.grows(id, len) {
                return Ok(Plan::fail(libc::ENOMEM));
            }
            return self.followed(id, move |engine, result| {
                engine.private_mapped(id, result, len, protection as i32);
            });
        }
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = descriptor as i32;
        let anonymous = flags & libc::MAP_ANONYMOUS as u64 != 0;
        let thing = if anonymous { None } else { self.thing(id, descriptor) };
        if let Some(thing) = thing
            && !matches!(thing.kind, Kind::File)
        {
            // a file of the system's, such as the C library's tables, or standard input
            if protection & libc::PROT_WRITE as u64 != 0 && thing.kind == Kind::Foreign {
                self.not_modelled("a shared mapping of a file that the program did not make".into());
            }
            return Ok(Plan::Through);
        }
        let Some(result) = self.kernel(id, None)? else { return Ok(Plan::Done) };
        if (-4095..0).contains(&result) {
            return Ok(Plan::Done);
        }
        let object = match thing {
            Some(thing) => thing.object,
            None => self.next_object(id),
        };
        #[expect(clippy::cast_possible_truncation, reason = "protection bits")]
        let mapping = Mapping {
            start: result.cast_unsigned(),
            len,
            object,
            offset: if anonymous { 0 } else { offset },
            protection: protection as i32,
            alias: None,
        };
        self.space_mut(id).insert(mapping);
        // memory with a name or a descriptor may have been mapped by others already
        if !anonymous {
            self.protect_open_mappings(id)?;
        }
        Ok(Plan::Done)
    }

    /// Counts memory that a process asks for. Returns whether it may have it; if not, the
    /// execution ends.
    fn grows(&mut self, id: TaskId, len: u64) -> bool {
        let process = self.process_of_mut(id);
        process.grown = process.grown.saturating_add(len);
        let all: u64 =
            self.processes.iter().filter(|process| process.ended.is_none()).map(|process| process.grown).sum();
        if all > self.limits.memory {
            self.forbid(format!("asked for more than {} MiB of memory", self.limits.memory >> 20));
            self.limit = Some(explorer::Limit::Memory(self.limits.memory));
        }
        all <= self.limits.memory
    }

    /// The heap's end moves.
    pub(super) fn move_heap(&mut self, id: TaskId, end: u64) -> Result<Plan, RunError> {
        let process = self.process_of_mut(id);
        if end == 0 || process.heap == 0 {
            if let Some(now) = self.kernel(id, None)? {
                let process = self.process_of_mut(id);
                process.heap = now.cast_unsigned();
                process.end = now.cast_unsigned();
            }
            return Ok(Plan::Done);
        }
        let more = end.saturating_sub(process.heap);
        process.heap = process.heap.max(end);
        // a heap that is not given what it asks for stays as it is
        let before = process.end;
        process.end = end;
        if !self.grows(id, more) {
            return Ok(Plan::Return(0));
        }
        self.followed(id, move |engine, now| {
            let (from, to) = (before.next_multiple_of(PAGE), now.next_multiple_of(PAGE));
            if to > from {
                engine.private_mapped(id, from, to - from, libc::PROT_READ | libc::PROT_WRITE);
            } else if from > to {
                engine.private_mapped(id, to, from - to, libc::PROT_NONE);
            }
        })
    }

    /// Has the kernel do a call on private memory, and notes `then` what came of it, where
    /// threads' memory is followed.
    fn followed(&mut self, id: TaskId, then: impl FnOnce(&mut Self, u64)) -> Result<Plan, RunError> {
        if !self.is_watched(id) {
            return Ok(Plan::Through);
        }
        if let Some(result) = self.kernel(id, None)?
            && !(-4095..0).contains(&result)
        {
            then(self, result.cast_unsigned());
        }
        Ok(Plan::Done)
    }

    /// Protects what was only one process's so far.
    pub(crate) fn protect_open_mappings(&mut self, id: TaskId) -> Result<(), RunError> {
        let open = self.space(id).open();
        if open.is_empty() {
            return Ok(());
        }
        let standing = self.task(id).registers;
        for mapping in open {
            let alias = self.space_mut(id).reserve(mapping.len);
            let duplicate =
                [mapping.start, 0, mapping.len, (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as u64, alias, 0];
            let Some(made) = self.inject(id, libc::SYS_mremap, duplicate)? else { return Ok(()) };
            if made != alias.cast_signed() {
                self.not_modelled("a shared mapping that cannot be had twice".into());
                continue;
            }
            if self
                .inject(id, libc::SYS_mprotect, [mapping.start, mapping.len, libc::PROT_NONE as u64, 0, 0, 0])?
                .is_none()
            {
                return Ok(());
            }
            self.space_mut(id).set_alias(mapping.start, alias);
        }
        self.back_before(id, standing)
    }

    /// After calls made for us: `id` stands before the call, or behind it, as it did.
    pub(crate) fn back_before(&mut self, id: TaskId, standing: crate::machine::Registers) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        if standing.call() < 0 || !self.at_entry(id) {
            let _ = standing.set(pid);
            return Ok(());
        }
        let mut registers = standing;
        registers.redo_call(standing.call());
        if registers.set(pid).is_err() {
            return Ok(());
        }
        loop {
            if crate::ptrace::resume(pid, crate::ptrace::Until::Stop, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(());
            }
            match self.wait_for(id)? {
                None => return Ok(()),
                Some(crate::ptrace::Stop::Call) => {
                    if let Ok(registers) = crate::machine::Registers::of(pid) {
                        self.task_mut(id).registers = registers;
                    }
                    return Ok(());
                }
                // it would come for ever
                Some(crate::ptrace::Stop::Signal(libc::SIGSEGV | libc::SIGBUS)) if is_by_fault(pid) => {
                    self.stop_at_unmodelled(id, "a program that takes away its own code".into());
                    return Ok(());
                }
                Some(crate::ptrace::Stop::Signal(signal)) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    // let it come again, once the call is done
                    let _ = crate::machine::Registers::of(pid);
                    send_again(self.process_of(id).pid, pid, self.withhold(id, signal));
                }
                Some(_) => {}
            }
        }
    }

    /// Whether `id` stands before the call that its registers speak of, not behind it.
    pub(crate) fn at_entry(&self, id: TaskId) -> bool {
        self.task(id).registers.result() == -i64::from(libc::ENOSYS)
    }

    /// The program takes a range away or puts something else there.
    fn drop_range(&mut self, id: TaskId, start: u64, len: u64) -> Result<(), RunError> {
        let pieces = self.space_mut(id).cut(start, len);
        if pieces.is_empty() {
            return Ok(());
        }
        let standing = self.task(id).registers;
        for piece in pieces {
            if let Some(alias) = piece.alias
                && self.inject(id, libc::SYS_munmap, [alias, piece.len, 0, 0, 0, 0])?.is_none()
            {
                return Ok(());
            }
        }
        self.back_before(id, standing)
    }

    pub(super) fn unmap(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        self.drop_range(id, args[0], args[1])?;
        if args[1] >= COUNTED_FROM {
            let process = self.process_of_mut(id);
            process.grown = process.grown.saturating_sub(args[1]);
        }
        self.followed(id, move |engine, _| engine.private_mapped(id, args[0], args[1], libc::PROT_NONE))
    }

    pub(super) fn change_protection(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "protection bits")]
        let protection = args[2] as i32;
        let (start, end) = (args[0], args[0].saturating_add(args[1].next_multiple_of(PAGE)));
        let pieces = self.space_mut(id).protect(args[0], args[1], protection);
        if pieces.iter().all(|piece| piece.alias.is_none()) {
            return self.followed(id, move |engine, _| engine.private_mapped(id, args[0], args[1], protection));
        }
        // The protection that the program asks for is kept in the list, and given to the alias;
        // the program's own pages stay ours. What lies between is the kernel's business.
        let standing = self.task(id).registers;
        let mut at = start;
        let mut result = 0;
        let mut asked = Vec::new();
        for piece in pieces.iter().filter(|piece| piece.alias.is_some()) {
            asked.push((at, piece.start.saturating_sub(at), args[2]));
            // what the program may not do it is not let do: the alias is for us
            asked.push((piece.alias.unwrap_or(0), piece.len, args[2] | libc::PROT_READ as u64));
            at = piece.start + piece.len;
        }
        asked.push((at, end.saturating_sub(at), args[2]));
        for (start, len, protection) in asked.into_iter().filter(|(_, len, _)| *len > 0) {
            let Some(done) = self.inject(id, libc::SYS_mprotect, [start, len, protection, 0, 0, 0])? else {
                return Ok(Plan::Done);
            };
            result = if result == 0 { done } else { result };
        }
        self.back_before(id, standing)?;
        Ok(Plan::Return(result))
    }

    /// Moves, grows, shrinks or doubles a mapping.
    pub(super) fn remap(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        const FIXED: u64 = libc::MREMAP_FIXED as u64;
        let [old, old_len, new_len, flags, target, _] = args;
        let new_len = new_len.next_multiple_of(PAGE);
        let Some(mapping) = self.space(id).at(old).copied() else {
            if flags & FIXED != 0 {
                self.drop_range(id, target, new_len)?;
            }
            if new_len > old_len && !self.grows(id, new_len - old_len) {
                return Ok(Plan::fail(libc::ENOMEM));
            }
            return self.followed(id, move |engine, result| {
                engine.private_mapped(id, old, old_len, libc::PROT_NONE);
                engine.private_mapped(id, result, new_len, libc::PROT_READ | libc::PROT_WRITE);
            });
        };
        if flags & FIXED != 0 {
            self.drop_range(id, target, new_len)?;
        }
        let Some(result) = self.kernel(id, None)? else { return Ok(Plan::Done) };
        if (-4095..0).contains(&result) {
            return Ok(Plan::Done);
        }
        let offset = mapping.byte(old);
        // where it was nothing is left; asked for with length 0 it stays, and there are two
        let standing = self.task(id).registers;
        let pieces = if old_len == 0 { Vec::new() } else { self.space_mut(id).cut(old, old_len) };
        let protected = mapping.alias.is_some();
        for alias in pieces.iter().filter_map(|piece| Some((piece.alias?, piece.len))) {
            if self.inject(id, libc::SYS_munmap, [alias.0, alias.1, 0, 0, 0, 0])?.is_none() {
                return Ok(Plan::Done);
            }
        }
        let start = result.cast_unsigned();
        let mut moved = Mapping { start, len: new_len, offset, alias: None, ..mapping };
        if protected {
            let alias = self.space_mut(id).reserve(new_len);
            let double = [start, 0, new_len, (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as u64, alias, 0];
            let Some(made) = self.inject(id, libc::SYS_mremap, double)? else { return Ok(Plan::Done) };
            let readable = u64::from((mapping.protection | libc::PROT_READ).cast_unsigned());
            if made != alias.cast_signed()
                || self.inject(id, libc::SYS_mprotect, [alias, new_len, readable, 0, 0, 0])?.is_none()
            {
                self.not_modelled("a shared mapping that cannot be had twice".into());
            }
            moved.alias = Some(alias);
        }
        let _ = standing.set(self.task(id).pid);
        self.space_mut(id).insert(moved);
        Ok(Plan::Done)
    }

    pub(super) fn on_mapping(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        // advice and locking of memory change nothing that anybody could see, but for
        // throwing shared memory away
        const REMOVE: u64 = libc::MADV_REMOVE as u64;
        if self.space(id).at(args[0]).is_none() {
            return Plan::Through;
        }
        if self.task(id).registers.call() == libc::SYS_madvise && args[2] == REMOVE {
            const MOST: u64 = 1 << 15;
            let places = self.space(id).words(args[0], args[1].min(MOST));
            return Plan::visible(Deed::Try(Tale::Plain("madvise")), places, Condition::Always);
        }
        Plan::Return(0)
    }

    pub(super) fn attach(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "an identifier")]
        let segment = args[0] as i32;
        // another's segment may well be there, and is not the program's to see
        if !self.systemv.is_own(crate::systemv::Family::Memory, segment) {
            return Ok(Plan::fail(libc::EINVAL));
        }
        let Some(len) = crate::systemv::segment_len(segment) else { return Ok(Plan::Through) };
        let Some(result) = self.kernel(id, None)? else { return Ok(Plan::Done) };
        if (-4095..0).contains(&result) {
            return Ok(Plan::Done);
        }
        let object = self.systemv.object(segment).unwrap_or(ObjectId(digest(&("segment", segment))));
        let read_only = args[2] & libc::SHM_RDONLY as u64 != 0;
        let protection = if read_only { libc::PROT_READ } else { libc::PROT_READ | libc::PROT_WRITE };
        let mapping = Mapping {
            start: result.cast_unsigned(),
            len: len.next_multiple_of(PAGE),
            object,
            offset: 0,
            protection,
            alias: None,
        };
        self.space_mut(id).insert(mapping);
        self.protect_open_mappings(id)?;
        Ok(Plan::Done)
    }

    pub(super) fn detach(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        if let Some(mapping) = self.space(id).at(args[0]).copied() {
            self.drop_range(id, mapping.start, mapping.len)?;
        }
        Ok(Plan::Through)
    }
}
