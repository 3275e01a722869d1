//! Accesses to shared memory: each is a fault on a protected page, done here in the
//! program's place, one stop for the plain ones.

use explorer::{Access, AccessKind, Action, TaskId, Touch};
use nix::sys::ptrace as requests;

use crate::engine::{Engine, digest};
use crate::error::system;
use crate::inject::send_again;
use crate::machine::{Effect, Instruction, Registers, Unreadable, decode, is_timestamp_read};
use crate::ptrace::{self, Stop, Until};
use crate::task::{Op, Second, State};
use crate::{RunError, memory};

/// The longest instruction, in bytes.
const LONGEST: usize = 15;

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
        let mapping = self.space(id).at(address).copied().filter(|mapping| by_fault && mapping.alias.is_some());
        let Some(mapping) = mapping else {
            self.translate_sender(id);
            self.task_mut(id).deliver = libc::SIGSEGV;
            return Ok(false);
        };
        let code = memory::read_some(pid, registers.code(), LONGEST);
        match decode(&code, &registers, address) {
            Ok(instruction) => {
                let writes = !matches!(instruction.effect, Effect::Load | Effect::Copy);
                let wanted = if writes { libc::PROT_WRITE } else { libc::PROT_READ };
                let size = u64::from(instruction.size);
                let all = self.space(id).among(instruction.address, size);
                if mapping.protection & wanted == 0 || all.iter().any(|(mapping, ..)| mapping.protection & wanted == 0)
                {
                    // the program's own protection: its own fault
                    self.task_mut(id).deliver = libc::SIGSEGV;
                    return Ok(false);
                }
                self.task_mut(id).place = call_path(pid, &registers);
                self.task_mut(id).state = State::At(Op::Access(Box::new(instruction)));
                Ok(true)
            }
            Err(Unreadable(what)) => {
                self.stop_at_unmodelled(id, what);
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
        }
    }

    /// What was met cannot be done in the program's place: the execution ends here, undecided.
    fn stop_at_unmodelled(&mut self, id: TaskId, what: String) {
        self.not_modelled_at(id, what);
        self.limit = Some(explorer::Limit::Steps(self.limits.steps));
    }

    /// Does the access that `id` stands at.
    pub(crate) fn access(&mut self, id: TaskId, instruction: Instruction) -> Result<(), RunError> {
        if matches!(instruction.effect, Effect::Copy | Effect::Fill) {
            return self.string(id, &instruction);
        }
        let code = self.task(id).registers.code();
        let size = instruction.size as usize;
        let mut before = vec![0u8; size];
        if self.peek(id, instruction.address, &mut before).is_err() {
            return self.own_fault(id, instruction.address, u64::from(instruction.size));
        }
        let mut registers = self.task(id).registers;
        if instruction.load(&mut registers, number(&before) as u64) {
            self.record_access(id, code, instruction.address, AccessKind::Load, &before, &before);
            return self.go_on(id, &registers);
        }
        if let Some(value) = instruction.store(&mut registers) {
            let after = &value.to_le_bytes()[..size];
            if self.poke(id, instruction.address, after).is_err() {
                return self.own_fault(id, instruction.address, u64::from(instruction.size));
            }
            self.record_access(id, code, instruction.address, AccessKind::Store, &before, after);
            return self.go_on(id, &registers);
        }
        let Some(after) = self.run_on_slot(id, &instruction, &before)? else { return Ok(()) };
        match instruction.effect {
            Effect::Load => self.record_access(id, code, instruction.address, AccessKind::Load, &before, &before),
            Effect::Store | Effect::Update | Effect::Exchange => {
                if self.poke(id, instruction.address, &after).is_err() {
                    return self.own_fault(id, instruction.address, u64::from(instruction.size));
                }
                let kind = match instruction.effect {
                    Effect::Store => AccessKind::Store,
                    Effect::Exchange => AccessKind::Exchange,
                    Effect::Update | Effect::Load | Effect::Split | Effect::Copy | Effect::Fill => AccessKind::Update,
                };
                self.record_access(id, code, instruction.address, kind, &before, &after);
            }
            Effect::Split => {
                self.record_access(id, code, instruction.address, AccessKind::Load, &before, &before);
                let second = Second { code, address: instruction.address, bytes: after };
                self.task_mut(id).state = State::At(Op::Write(Box::new(second)));
                return Ok(());
            }
            Effect::Copy | Effect::Fill => {}
        }
        self.advance(id)
    }

    /// Writes what an instruction in two halves computed from what it read.
    pub(crate) fn second_half(&mut self, id: TaskId, second: Second) -> Result<(), RunError> {
        let mut before = vec![0u8; second.bytes.len()];
        if self.peek(id, second.address, &mut before).is_err() || self.poke(id, second.address, &second.bytes).is_err()
        {
            return self.own_fault(id, second.address, second.bytes.len() as u64);
        }
        self.record_access(id, second.code, second.address, AccessKind::Store, &before, &second.bytes);
        self.advance(id)
    }

    /// A few bytes of a string instruction; the rest faults again.
    fn string(&mut self, id: TaskId, instruction: &Instruction) -> Result<(), RunError> {
        let mut registers = self.task(id).registers;
        let code = registers.code();
        let chunk = instruction.chunk(&registers);
        let len = chunk.len as usize;
        let bytes = if instruction.effect == Effect::Copy {
            let mut bytes = vec![0u8; len];
            if self.peek(id, chunk.from, &mut bytes).is_err() {
                return self.own_fault(id, chunk.from, u64::from(chunk.len));
            }
            if self.location(id, chunk.from).is_some() {
                self.record_access(id, code, chunk.from, AccessKind::Load, &bytes, &bytes);
            }
            bytes
        } else {
            chunk.fill.to_le_bytes()[..len].to_vec()
        };
        instruction.advance(&chunk, &mut registers);
        if self.location(id, chunk.to).is_some() {
            if self.location(id, chunk.from).is_some() && instruction.effect == Effect::Copy {
                // both are shared: somebody may come between
                registers.outside_call();
                registers.set(self.task(id).pid).map_err(system("setting registers"))?;
                self.task_mut(id).registers = registers;
                self.task_mut(id).state = State::At(Op::Write(Box::new(Second { code, address: chunk.to, bytes })));
                return Ok(());
            }
            let mut before = vec![0u8; len];
            if self.peek(id, chunk.to, &mut before).is_err() || self.poke(id, chunk.to, &bytes).is_err() {
                return self.own_fault(id, chunk.to, u64::from(chunk.len));
            }
            self.record_access(id, code, chunk.to, AccessKind::Store, &before, &bytes);
        } else if self.poke(id, chunk.to, &bytes).is_err() {
            return self.own_fault(id, chunk.to, u64::from(chunk.len));
        }
        self.go_on(id, &registers)
    }

    fn go_on(&mut self, id: TaskId, registers: &Registers) -> Result<(), RunError> {
        let mut registers = *registers;
        registers.outside_call();
        if registers.set(self.task(id).pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
        self.advance(id)
    }

    /// The memory is not there (the object is shorter than its mapping, say): the program gets
    /// the signal that it would get without us, by meeting the alias's hole.
    fn own_fault(&mut self, id: TaskId, address: u64, len: u64) -> Result<(), RunError> {
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
        self.advance(id)
    }

    /// Runs a copy of the instruction on a slot that holds `before`; returns what the slot
    /// holds then. `None` if the task did not come out of it: it ended, or has a fault of its own.
    fn run_on_slot(
        &mut self,
        id: TaskId,
        instruction: &Instruction,
        before: &[u8],
    ) -> Result<Option<Vec<u8>>, RunError> {
        let pid = self.task(id).pid;
        let at_fault = self.task(id).registers;
        let mut registers = at_fault;
        let stand = match instruction.stand(&mut registers) {
            Ok(stand) => stand,
            Err(Unreadable(what)) => {
                self.stop_at_unmodelled(id, what);
                self.task_mut(id).state = State::At(Op::Continue);
                return Ok(None);
            }
        };
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
                    instruction.settle(&stand, &at_fault, &mut after);
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
                Stop::Signal(signal) => kept = signal,
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

    fn record_access(&mut self, id: TaskId, code: u64, address: u64, kind: AccessKind, before: &[u8], after: &[u8]) {
        let all = self.space(id).among(address, before.len() as u64);
        let Some((mapping, from, _)) = all.first().map(|(mapping, from, len)| (**mapping, *from, *len)) else { return };
        // what lies before shared memory is the task's own
        let skipped = usize::try_from(from - address).unwrap_or(0).min(before.len());
        let (before, after) = (&before[skipped..], &after[skipped..]);
        #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
        let size = before.len() as u32;
        let touched = self
            .space(id)
            .words(from, size.into())
            .into_iter()
            .map(|location| if kind == AccessKind::Load { Touch::Read(location) } else { Touch::Write(location) })
            .collect();
        let access = Access {
            location: mapping.location(from),
            offset: mapping.byte(from),
            size,
            kind,
            before: number(before),
            after: number(after),
        };
        self.record_at(id, code, Action::Access(access), touched);
    }
}

/// A digest of the instruction that a task stands at and of the return addresses near the top
/// of its stack. Programs are loaded at the same addresses each time, so that what lies among
/// them is told by its value.
fn call_path(pid: nix::unistd::Pid, registers: &Registers) -> u64 {
    const LOOKED_AT: usize = 384;
    const PROGRAM: std::ops::Range<u64> = 0x5555_5555_0000..0x5555_5600_0000;
    const LIBRARIES: std::ops::Range<u64> = 0x7fff_f000_0000..0x7fff_f800_0000;
    let stack = memory::read_some(pid, registers.stack(), LOOKED_AT);
    let words = stack.chunks_exact(8).map(|word| word.iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte)));
    let callers: Vec<u64> = words.filter(|word| PROGRAM.contains(word) || LIBRARIES.contains(word)).collect();
    digest(&(registers.code(), callers))
}

/// The first 16 bytes as a number.
fn number(bytes: &[u8]) -> u128 {
    let mut wide = [0u8; 16];
    let len = bytes.len().min(16);
    wide[..len].copy_from_slice(&bytes[..len]);
    u128::from_le_bytes(wide)
}
