//! Accesses to shared memory: each is a fault on a protected page, done here in the
//! program's place, one stop for the plain ones.

use explorer::{Access, AccessKind, Action, Location, TaskId, Touch};
use nix::sys::ptrace as requests;

use crate::buffers::{Destination, Forwarded};
use crate::engine::Engine;
use crate::error::system;
use crate::inject::send_again;
use crate::instructions::{Glimpse, LONGEST};
use crate::machine::{BREAKPOINT, Effect, Instruction, Registers, Stand, Unreadable, Way, is_timestamp_read};
use crate::ptrace::{self, Stop, Until};
use crate::task::{Op, Second, State};
use crate::threads::{PrivateFault, Standing};
use crate::{RunError, memory};

impl Engine<'_> {
    /// A SIGSEGV is about to be delivered. Returns whether the task stays where it is.
    pub(crate) fn fault(&mut self, id: TaskId) -> Result<bool, RunError> {
        let pid = self.task(id).pid;
        let Ok(info) = requests::getsiginfo(pid) else { return Ok(false) };
        let registers = self.task(id).registers;
        // a general protection fault, as reading the time stamp counter gives
        const SI_KERNEL: i32 = 128;
        if info.si_code == SI_KERNEL {
            let code = memory::read_some(pid, registers.code(), LONGEST);
            if let Some(len) = is_timestamp_read(&code) {
                let mut registers = registers;
                registers.set_timestamp(self.clock.ticks());
                registers.set_code(registers.code() + len);
                let _ = registers.set(pid);
                return Ok(false);
            }
        }
        // SAFETY: SIGSEGV's information has an address.
        let address = unsafe { info.si_addr() } as u64;
        let by_fault = info.si_code > 0 && info.si_code != SI_KERNEL;
        let shared = by_fault && self.space(id).at(address).is_some_and(|mapping| mapping.alias.is_some());
        if !shared {
            if by_fault {
                match self.private_fault(id, address, &registers)? {
                    PrivateFault::Done => return Ok(false),
                    PrivateFault::Visible => return Ok(true),
                    PrivateFault::Its => {}
                }
            }
            self.translate_sender(id);
            self.task_mut(id).deliver = libc::SIGSEGV;
            return Ok(false);
        }
        let alias = self.space(id).reach(address);
        let (instruction, place) = self.instruction_and_place(id, &registers, address, alias);
        match instruction {
            Ok(instruction) => {
                if !self.may_access(id, &instruction) {
                    // the program's own protection: its own fault
                    self.task_mut(id).deliver = libc::SIGSEGV;
                    return Ok(false);
                }
                self.stand_at_access(id, instruction, place);
                Ok(true)
            }
            Err(Unreadable(what)) => {
                self.stop_at_unmodelled(id, what);
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
        }
    }

    /// Whether the protection that the program chose allows an access to what it shares.
    pub(crate) fn may_access(&self, id: TaskId, instruction: &Instruction) -> bool {
        let writes = !matches!(instruction.effect, Effect::Load | Effect::Copy);
        let wanted = if writes { libc::PROT_WRITE } else { libc::PROT_READ };
        let all = self.space(id).among(instruction.address, u64::from(instruction.size));
        all.iter().all(|(mapping, ..)| mapping.protection & wanted != 0)
    }

    /// What was met cannot be done in the program's place: the execution ends here, undecided.
    pub(crate) fn stop_at_unmodelled(&mut self, id: TaskId, what: String) {
        self.not_modelled_at(id, what);
        self.limit = Some(explorer::Limit::Steps(self.limits.steps));
    }

    /// Does the access that `id` stands at.
    pub(crate) fn access(&mut self, id: TaskId, instruction: Instruction, wanted: Destination) -> Result<(), RunError> {
        let destination = self.prepare_access(id, &instruction, wanted);
        match self.do_access(id, &instruction, destination)? {
            After::GoesOn => self.go_on_from(id, instruction.address),
            After::Half(second) => {
                self.task_mut(id).state = State::At(Op::Write(Box::new(second)));
                Ok(())
            }
            After::Elsewhere => Ok(()),
        }
    }

    /// Behind an access to shared memory another is likely to follow soon: it would be a stop as
    /// well.
    fn go_on_from(&mut self, id: TaskId, address: u64) -> Result<(), RunError> {
        let arrived = if self.is_watched(id) {
            self.space(id).at(address).is_none() && self.go_along(id)
        } else {
            self.go_on_within(id)
        };
        if arrived { Ok(()) } else { self.advance(id) }
    }

    /// Does an access that nobody notices.
    pub(crate) fn quietly(&mut self, id: TaskId, instruction: &Instruction) -> Result<(), RunError> {
        if self.buffers.holds(id) && self.location_of(id, instruction.address, instruction.size.into()).is_some() {
            // a part of it is somebody else's, too
            self.drain(id);
        }
        if let After::Half(second) = self.do_access(id, instruction, Destination::Memory)? {
            // what was seen for the second half is no more what is there
            self.glimpse = None;
            if self.poke(id, second.address, &second.bytes).is_err() {
                self.task_mut(id).deliver = libc::SIGBUS;
            }
        }
        Ok(())
    }

    fn do_access(
        &mut self,
        id: TaskId,
        instruction: &Instruction,
        destination: Destination,
    ) -> Result<After, RunError> {
        if matches!(instruction.effect, Effect::Copy | Effect::Fill) {
            return self.string(id, instruction);
        }
        let code = self.task(id).registers.code();
        let size = instruction.size as usize;
        let (before, forwarded) = match self.glimpsed(id, instruction.address, size) {
            Some(bytes) => (bytes, Forwarded::Nothing),
            None => {
                let mut before = vec![0u8; size];
                let Ok(forwarded) = self.see(id, instruction.address, &mut before) else {
                    return Ok(self.own_fault(id, instruction.address, u64::from(instruction.size)));
                };
                (before, forwarded)
            }
        };
        let mut registers = self.task(id).registers;
        if let Some(after) = instruction.alone(&mut registers, &before) {
            return self.done_alone(id, instruction, registers, (&before, &after), forwarded, destination);
        }
        let stand = if instruction.way == Way::Apart { instruction.stand(&mut registers).ok() } else { None };
        let Some(stand) = stand else { return self.in_place(id, instruction, &before) };
        let Some(after) = self.run_on_slot(id, instruction, &stand, registers, &before)? else {
            return Ok(After::Elsewhere);
        };
        match instruction.effect {
            Effect::Load => self.record_load(id, code, instruction.address, &before, forwarded),
            Effect::Store => {
                if self.store(id, code, instruction.address, &before, &after, destination).is_err() {
                    return Ok(self.own_fault(id, instruction.address, u64::from(instruction.size)));
                }
            }
            Effect::Update | Effect::Exchange => {
                if self.poke(id, instruction.address, &after).is_err() {
                    return Ok(self.own_fault(id, instruction.address, u64::from(instruction.size)));
                }
                self.record_access(id, code, instruction.address, kind_of(instruction.effect), &before, &after);
            }
            Effect::Split => {
                self.record_load(id, code, instruction.address, &before, forwarded);
                return Ok(After::Half(Second { code, address: instruction.address, bytes: after }));
            }
            Effect::Copy | Effect::Fill => {}
        }
        Ok(After::GoesOn)
    }

    /// An instruction was done on the registers: what it read and wrote comes to memory.
    fn done_alone(
        &mut self,
        id: TaskId,
        instruction: &Instruction,
        mut registers: Registers,
        (before, after): (&[u8], &[u8]),
        forwarded: Forwarded,
        destination: Destination,
    ) -> Result<After, RunError> {
        let (code, address) = (self.task(id).registers.code(), instruction.address);
        match instruction.effect {
            Effect::Load => self.record_load(id, code, address, before, forwarded),
            Effect::Store => {
                if self.store(id, code, address, before, after, destination).is_err() {
                    return Ok(self.own_fault(id, address, after.len() as u64));
                }
            }
            Effect::Split => {
                self.record_load(id, code, address, before, forwarded);
                registers.outside_call();
                registers.set(self.task(id).pid).map_err(system("setting registers"))?;
                self.task_mut(id).registers = registers;
                self.glimpse = Some(Glimpse { task: id, taken: self.taken, address, bytes: before.to_vec() });
                return Ok(After::Half(Second { code, address, bytes: after.to_vec() }));
            }
            Effect::Update | Effect::Exchange | Effect::Copy | Effect::Fill => {
                if self.poke(id, address, after).is_err() {
                    return Ok(self.own_fault(id, address, after.len() as u64));
                }
                self.record_access(id, code, address, kind_of(instruction.effect), before, after);
            }
        }
        Ok(self.moved_on(id, &registers))
    }

    /// Writes what an instruction in two halves computed from what it read.
    pub(crate) fn second_half(&mut self, id: TaskId, second: Second, wanted: Destination) -> Result<(), RunError> {
        let len = second.bytes.len() as u64;
        let destination = self.prepare_store(id, second.address, len, wanted);
        let before = self.glimpsed(id, second.address, second.bytes.len()).or_else(|| {
            let mut before = vec![0u8; second.bytes.len()];
            self.peek(id, second.address, &mut before).is_ok().then_some(before)
        });
        let stored =
            before.map(|before| self.store(id, second.code, second.address, &before, &second.bytes, destination));
        if matches!(stored, Some(Ok(_))) {
            return self.go_on_from(id, second.address);
        }
        self.own_fault(id, second.address, len);
        self.advance(id)
    }

    /// A few bytes of a string instruction; the rest faults again.
    fn string(&mut self, id: TaskId, instruction: &Instruction) -> Result<After, RunError> {
        self.drain(id);
        let mut registers = self.task(id).registers;
        let code = registers.code();
        let chunk = instruction.chunk(&registers);
        let len = chunk.len as usize;
        let shares = |engine: &Self, address: u64| engine.location_of(id, address, u64::from(chunk.len)).is_some();
        let bytes = if instruction.effect == Effect::Copy {
            let mut bytes = vec![0u8; len];
            if self.peek(id, chunk.from, &mut bytes).is_err() {
                return Ok(self.own_fault(id, chunk.from, u64::from(chunk.len)));
            }
            self.record_access(id, code, chunk.from, AccessKind::Load, &bytes, &bytes);
            bytes
        } else {
            chunk.fill.to_le_bytes()[..len].to_vec()
        };
        instruction.advance(&chunk, &mut registers);
        if instruction.effect == Effect::Copy && shares(self, chunk.to) && shares(self, chunk.from) {
            // both are shared: somebody may come between
            registers.outside_call();
            registers.set(self.task(id).pid).map_err(system("setting registers"))?;
            self.task_mut(id).registers = registers;
            return Ok(After::Half(Second { code, address: chunk.to, bytes }));
        }
        let mut before = vec![0u8; len];
        if self.peek(id, chunk.to, &mut before).is_err() || self.poke(id, chunk.to, &bytes).is_err() {
            return Ok(self.own_fault(id, chunk.to, u64::from(chunk.len)));
        }
        self.record_access(id, code, chunk.to, AccessKind::Store, &before, &bytes);
        Ok(self.moved_on(id, &registers))
    }

    /// Does an instruction where it stands, with the memory that it touches opened for it alone.
    fn in_place(&mut self, id: TaskId, instruction: &Instruction, before: &[u8]) -> Result<After, RunError> {
        self.drain(id);
        let pid = self.task(id).pid;
        let code = self.task(id).registers.code();
        // an instruction meets a few places at most
        const MOST_FAULTS: u32 = 8;
        let mut faults = 0;
        let under = self.under_breakpoint(id, code);
        if let Some(byte) = under {
            self.write_code(id, code, byte);
        }
        let mut opened = Vec::new();
        self.open_in_place(id, instruction.address, instruction.size.into(), &mut opened)?;
        let faulted = loop {
            if ptrace::resume(pid, Until::Instruction, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(After::Elsewhere);
            }
            match self.wait_for(id)? {
                None => return Ok(After::Elsewhere),
                Some(Stop::Signal(libc::SIGTRAP)) => break None,
                Some(Stop::Signal(signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL))) => {
                    // SAFETY: SIGSEGV's information has an address.
                    let at = requests::getsiginfo(pid).map_or(0, |info| unsafe { info.si_addr() } as u64);
                    faults += 1;
                    if signal != libc::SIGSEGV || faults > MOST_FAULTS || !self.open_in_place(id, at, 1, &mut opened)? {
                        break Some(signal);
                    }
                }
                Some(Stop::Signal(libc::SIGSTOP)) if self.is_from_us(id) => {}
                Some(Stop::Signal(signal)) => send_again(self.process_of(id).pid, pid, self.withhold(id, signal)),
                Some(_) => {}
            }
        };
        if under.is_some() {
            self.write_code(id, code, BREAKPOINT);
        }
        for (start, len) in opened {
            let closed = [start, len, libc::PROT_NONE as u64, 0, 0, 0];
            if self.inject(id, libc::SYS_mprotect, closed)?.is_none() {
                return Ok(After::Elsewhere);
            }
        }
        self.take_back(id);
        let Ok(registers) = Registers::of(pid) else { return Ok(After::Elsewhere) };
        self.task_mut(id).registers = registers;
        if let Some(signal) = faulted {
            self.task_mut(id).deliver = signal;
            return Ok(After::GoesOn);
        }
        let mut after = before.to_vec();
        let _ = self.peek(id, instruction.address, &mut after);
        self.record_access(id, code, instruction.address, kind_of(instruction.effect), before, &after);
        Ok(After::GoesOn)
    }

    /// Opens memory that is closed to `id`. Returns whether there was any.
    fn open_in_place(
        &mut self,
        id: TaskId,
        address: u64,
        len: u64,
        opened: &mut Vec<(u64, u64)>,
    ) -> Result<bool, RunError> {
        if let Some(mapping) = self.space(id).at(address).copied().filter(|mapping| mapping.alias.is_some()) {
            if opened.iter().any(|(start, _)| *start == mapping.start) {
                return Ok(false);
            }
            opened.push((mapping.start, mapping.len));
            let protection = i64::from(mapping.protection).cast_unsigned();
            self.inject(id, libc::SYS_mprotect, [mapping.start, mapping.len, protection, 0, 0, 0])?;
            return Ok(true);
        }
        let lent = self.lend_in_place(id, address, len);
        if lent {
            self.open_for(id, Standing::Elsewhere)?;
        }
        Ok(lent)
    }

    /// The task stands behind its instruction, with these registers.
    fn moved_on(&mut self, id: TaskId, registers: &Registers) -> After {
        let mut registers = *registers;
        registers.outside_call();
        if registers.set(self.task(id).pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
        After::GoesOn
    }

    /// The memory is not there (the object is shorter than its mapping, say): the program gets
    /// the signal that it would get without us, by meeting the alias's hole.
    fn own_fault(&mut self, id: TaskId, address: u64, len: u64) -> After {
        const MAPERR: i32 = 1;
        const ADRERR: i32 = 2;
        let mapped: u64 = self.space(id).among(address, len).iter().map(|(.., len)| len).sum();
        let (signal, code) = if mapped == len { (libc::SIGBUS, ADRERR) } else { (libc::SIGSEGV, MAPERR) };
        let pid = self.task(id).pid;
        // the handler is told what it would be told without us
        if let Ok(mut info) = requests::getsiginfo(pid) {
            info.si_signo = signal;
            info.si_code = code;
            // SAFETY: the structure is 128 bytes of plain numbers; the address stands behind the
            // first 16 for both signals.
            unsafe { (&raw mut info).cast::<u64>().add(2).write(address) };
            let _ = requests::setsiginfo(pid, &info);
        }
        self.task_mut(id).deliver = signal;
        After::GoesOn
    }

    /// Runs a copy of the instruction on a slot that holds `before`; returns what the slot
    /// holds then. `None` if the task did not come out of it: it ended, or has a fault of its own.
    fn run_on_slot(
        &mut self,
        id: TaskId,
        instruction: &Instruction,
        stand: &Stand,
        mut registers: Registers,
        before: &[u8],
    ) -> Result<Option<Vec<u8>>, RunError> {
        let pid = self.task(id).pid;
        let at_fault = self.task(id).registers;
        registers.outside_call();
        memory::write(pid, stand.slot, before).map_err(system("writing the supervisor's pages"))?;
        memory::write(pid, stand.code, &stand.bytes).map_err(system("writing the supervisor's pages"))?;
        registers.set(pid).map_err(system("setting registers"))?;
        let end = stand.code + stand.bytes.len() as u64;
        let mut kept = 0;
        loop {
            if ptrace::resume(pid, Until::Stop, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(None);
            }
            let Some(stop) = self.wait_for(id)? else { return Ok(None) };
            let now = Registers::of(pid).map_err(system("reading registers"))?;
            match stop {
                Stop::Signal(libc::SIGTRAP) if now.code() == end => {
                    let mut after = now;
                    instruction.settle(stand, &at_fault, &mut after);
                    after.outside_call();
                    after.set(pid).map_err(system("setting registers"))?;
                    self.task_mut(id).registers = after;
                    break;
                }
                Stop::Signal(signal @ (libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL))
                    if now.code() == stand.code =>
                {
                    at_fault.set(pid).map_err(system("setting registers"))?;
                    self.task_mut(id).deliver = signal;
                    self.advance(id)?;
                    return Ok(None);
                }
                Stop::Signal(libc::SIGSTOP) if self.is_from_us(id) => {}
                Stop::Signal(signal) => kept = self.withhold(id, signal),
                Stop::Call
                | Stop::CallEnd
                | Stop::Made(_)
                | Stop::VforkDone
                | Stop::Execute
                | Stop::Ending
                | Stop::Halted
                | Stop::Ended(_) => {}
            }
        }
        if kept != 0 {
            send_again(self.process_of(id).pid, pid, kept);
        }
        let mut after = vec![0u8; before.len()];
        memory::read(pid, stand.slot, &mut after).map_err(system("reading the supervisor's pages"))?;
        Ok(Some(after))
    }

    pub(crate) fn record_access(
        &mut self,
        id: TaskId,
        code: u64,
        address: u64,
        kind: AccessKind,
        before: &[u8],
        after: &[u8],
    ) {
        if let Some((access, touched)) = self.access_of(id, address, kind, before, after) {
            self.record_at(id, code, Action::Access(access), touched);
        }
    }

    /// Records that `id` read `bytes`: its own delayed stores are nothing that others can meet.
    fn record_load(&mut self, id: TaskId, code: u64, address: u64, bytes: &[u8], forwarded: Forwarded) {
        let Some((access, touched)) = self.access_of(id, address, AccessKind::Load, bytes, bytes) else { return };
        let touched = match forwarded {
            Forwarded::Nothing | Forwarded::Part => touched,
            Forwarded::Whole => Vec::new(),
        };
        self.record_at(id, code, Action::Access(access), touched);
    }

    /// An access as it is recorded, and what it touches, if that is anything shared.
    pub(crate) fn access_of(
        &self,
        id: TaskId,
        address: u64,
        kind: AccessKind,
        before: &[u8],
        after: &[u8],
    ) -> Option<(Access, Vec<Touch>)> {
        let first = self.space(id).among(address, before.len() as u64).first().map(|(_, from, _)| *from);
        // what lies before shared memory is the task's own
        let skipped = first.map_or(0, |from| usize::try_from(from - address).unwrap_or(0)).min(before.len());
        let (address, before, after) = (first.unwrap_or(address), &before[skipped..], &after[skipped..]);
        let len = before.len() as u64;
        let location = self.location_of(id, address, len)?;
        // what each word of a mapping is called follows from the mapping; of private memory only
        // the words count that are known to be shared
        let (offset, words) = match self.space(id).at(address) {
            Some(mapping) => (mapping.byte(address), self.space(id).words(address, len)),
            None => {
                let words = (address / 8..=(address + len.max(1) - 1) / 8)
                    .filter(|word| self.shares(id, *word))
                    .map(|word| Location { object: location.object, word });
                (address, words.collect())
            }
        };
        let touch = if kind == AccessKind::Load { Touch::Read } else { Touch::Write };
        let touched = words.into_iter().map(touch).collect();
        #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
        let size = len as u32;
        Some((Access { location, offset, size, kind, before: number(before), after: number(after) }, touched))
    }
}

/// Where an access leaves its task.
enum After {
    /// Ready to go on.
    GoesOn,
    /// Before the write that is left of it.
    Half(Second),
    /// It has gone on already, or ended.
    Elsewhere,
}

fn kind_of(effect: Effect) -> AccessKind {
    match effect {
        Effect::Load => AccessKind::Load,
        Effect::Store => AccessKind::Store,
        Effect::Exchange => AccessKind::Exchange,
        Effect::Update | Effect::Split | Effect::Copy | Effect::Fill => AccessKind::Update,
    }
}

/// The first 16 bytes as a number.
fn number(bytes: &[u8]) -> u128 {
    let mut wide = [0u8; 16];
    let len = bytes.len().min(16);
    wide[..len].copy_from_slice(&bytes[..len]);
    u128::from_le_bytes(wide)
}
