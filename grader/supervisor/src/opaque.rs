//! Functions of libraries whose inside is taken for granted: the C library's allocator and its
//! bookkeeping of threads, and Rust's of their stacks. What such a function does to its own lists
//! under its own locks is nobody's business; without this, most of what threads share would be
//! theirs.
//!
//! A breakpoint at the start of a function says when a thread comes in, one behind the call when
//! it leaves. Memory that a thread meets in between counts as met by nobody; memory that it gets
//! from the allocator counts as new.

use std::collections::HashMap;
use std::ops::Range;

use explorer::TaskId;

use crate::RunError;
use crate::engine::Engine;
use crate::instructions::LONGEST;
use crate::libraries::{Amount, Found, Purpose, found_in};
use crate::machine::{BREAKPOINT, Memory, Registers, interpret};
use crate::ptrace::{self, Stop, Until};
use crate::threads::Standing;

/// A thread inside of such a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    purpose: Purpose,
    args: [u64; 6],
    /// Where it comes out.
    back: u64,
    /// Its stack pointer there.
    stack: u64,
}

/// The breakpoints in one address space, with what stood there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakpoints {
    entries: HashMap<u64, (u8, Purpose)>,
    /// How many threads are to come out there.
    backs: HashMap<u64, (u8, u32)>,
    /// Where the allocator's own code lies.
    allocator: Vec<Range<u64>>,
}

impl Breakpoints {
    /// Whether what lies at `address` is the allocator's own code.
    pub(crate) fn is_allocators(&self, address: u64) -> bool {
        self.allocator.iter().any(|range| range.contains(&address))
    }

    /// Where they are and what stood there.
    pub(crate) fn all(&self) -> Vec<(u64, u8)> {
        let entries = self.entries.iter().map(|(at, (byte, _))| (*at, *byte));
        entries.chain(self.backs.iter().map(|(at, (byte, _))| (*at, *byte))).collect()
    }

    /// Whether it is known who joins whom by the calls alone.
    pub(crate) fn know_joins(&self) -> bool {
        self.entries.values().any(|(_, purpose)| *purpose == Purpose::Joins)
    }
}

/// The memory of a task inside of what is taken for granted; elsewhere it has none here.
struct Inside<'e, 'a> {
    engine: &'e mut Engine<'a>,
    id: TaskId,
}

impl Memory for Inside<'_, '_> {
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        self.is_private(address).then_some(())?;
        self.engine.peek(self.id, address, into).ok()
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        self.is_private(address).then_some(())?;
        self.engine.poke(self.id, address, from).ok()
    }
}

impl Inside<'_, '_> {
    fn is_private(&self, address: u64) -> bool {
        self.engine.task(self.id).visit.is_some()
            && self.engine.watching(self.id).is_some_and(|watching| watching.private.holds(address))
    }
}

impl Engine<'_> {
    /// Puts breakpoints into a process whose memory begins to be followed.
    pub(crate) fn set_breakpoints(&mut self, id: TaskId) {
        let mut breakpoints = Breakpoints::default();
        for found in found_in(self.task(id).pid) {
            match found {
                Found::Function(at, purpose) => {
                    let mut byte = [0];
                    if self.read_code(id, at, &mut byte) && self.write_code(id, at, BREAKPOINT) {
                        breakpoints.entries.entry(at).or_insert((byte[0], purpose));
                    }
                }
                Found::Allocator(range) => breakpoints.allocator.push(range),
                Found::Semaphores(_) => {}
            }
        }
        if let Some(known) = self.breakpoints_mut(id) {
            *known = breakpoints;
        }
    }

    /// Takes them out again.
    pub(crate) fn remove_breakpoints(&mut self, id: TaskId) {
        let Some(breakpoints) = self.breakpoints_mut(id).map(std::mem::take) else { return };
        for (at, byte) in breakpoints.all() {
            self.write_code(id, at, byte);
        }
        for other in self.living.clone() {
            if self.space_id(other) == self.space_id(id) {
                self.task_mut(other).visit = None;
            }
        }
    }

    /// Whether what `id` does now is nobody's business.
    pub(crate) fn is_inside(&self, id: TaskId) -> bool {
        let task = self.task(id);
        task.visit.is_some()
            || self.watching(id).is_some_and(|watching| watching.breakpoints.is_allocators(task.registers.code()))
    }

    /// Whether `id`, stopped by a breakpoint, stands behind one of these.
    pub(crate) fn at_breakpoint(&self, id: TaskId) -> bool {
        let at = self.task(id).registers.code().wrapping_sub(1);
        self.watching(id).is_some_and(|watching| {
            watching.breakpoints.entries.contains_key(&at) || watching.breakpoints.backs.contains_key(&at)
        })
    }

    /// A thread comes to such a function, or leaves it.
    pub(crate) fn pass_breakpoint(&mut self, id: TaskId) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let at = registers.code().wrapping_sub(1);
        registers.set_code(at);
        if registers.set(pid).is_err() {
            return Ok(());
        }
        self.task_mut(id).registers = registers;
        let Some(breakpoints) = self.watching(id).map(|watching| &watching.breakpoints) else { return Ok(()) };
        let (entry, back) = (breakpoints.entries.get(&at).copied(), breakpoints.backs.get(&at).copied());
        let visit = self.task(id).visit;
        if let Some(visit) = visit.filter(|visit| visit.back == at && visit.stack == registers.stack()) {
            self.come_out(id, visit, &registers);
            // others may still have to come out here
            return match self.watching(id).and_then(|watching| watching.breakpoints.backs.get(&at).copied()) {
                Some((byte, _)) => self.step_over(id, at, byte),
                None => {
                    self.go_along(id);
                    return Ok(());
                }
            };
        }
        if let (Some((_, purpose)), None) = (entry, visit) {
            self.come_in(id, purpose, &registers);
        }
        let byte = entry.map(|(byte, _)| byte).or(back.map(|(byte, _)| byte));
        match byte {
            Some(byte) => self.step_over(id, at, byte),
            None => Ok(()),
        }
    }

    fn come_in(&mut self, id: TaskId, purpose: Purpose, registers: &Registers) {
        let Ok(back) = self.peek_u64(id, registers.stack()) else { return };
        let mut there = [0];
        let known = self.watching(id).and_then(|watching| {
            let breakpoints = &watching.breakpoints;
            let entry = breakpoints.entries.contains_key(&back);
            (!entry).then(|| breakpoints.backs.get(&back).copied())
        });
        let Some(known) = known else { return };
        let (byte, count) = match known {
            Some((byte, count)) => (byte, count + 1),
            None => {
                if !self.read_code(id, back, &mut there) || !self.write_code(id, back, BREAKPOINT) {
                    return;
                }
                (there[0], 1)
            }
        };
        if let Some(breakpoints) = self.breakpoints_mut(id) {
            breakpoints.backs.insert(back, (byte, count));
        }
        self.lend_known(id);
        let visit = Visit { purpose, args: registers.call_arguments(), back, stack: registers.stack() + 8 };
        self.task_mut(id).visit = Some(visit);
    }

    fn come_out(&mut self, id: TaskId, visit: Visit, registers: &Registers) {
        self.task_mut(id).visit = None;
        let left = self.breakpoints_mut(id).and_then(|breakpoints| {
            let (byte, count) = breakpoints.backs.get_mut(&visit.back)?;
            *count -= 1;
            let (byte, count) = (*byte, *count);
            if count == 0 {
                breakpoints.backs.remove(&visit.back);
            }
            Some((byte, count))
        });
        if let Some((byte, 0)) = left {
            self.write_code(id, visit.back, byte);
        }
        let result = registers.result();
        match visit.purpose {
            Purpose::Allocates(amount) if result != 0 => {
                let len = match amount {
                    Amount::Argument(index) => visit.args[index],
                    Amount::Product(one, other) => visit.args[one].saturating_mul(visit.args[other]),
                };
                self.renewed(id, result.cast_unsigned(), len);
            }
            #[expect(clippy::cast_possible_truncation, reason = "an int result")]
            Purpose::Joins if result as i32 == 0 => self.joined_block(id, visit.args[0]),
            Purpose::Allocates(_) | Purpose::Joins | Purpose::Keeps => {}
        }
    }

    /// Does the one instruction on which a breakpoint stands.
    fn step_over(&mut self, id: TaskId, at: u64, byte: u8) -> Result<(), RunError> {
        if self.interpret_under(id, at, byte) {
            return Ok(());
        }
        let pid = self.task(id).pid;
        self.write_code(id, at, byte);
        self.open_for(id, Standing::Elsewhere)?;
        if ptrace::resume(pid, Until::Instruction, 0).is_err() {
            let _ = self.wait_for(id)?;
            return Ok(());
        }
        let stop = self.wait_for(id)?;
        self.write_code(id, at, BREAKPOINT);
        let Some(stop) = stop else { return Ok(()) };
        let Ok(registers) = Registers::of(pid) else { return Ok(()) };
        self.task_mut(id).registers = registers;
        match stop {
            // the instruction met closed memory: it is opened, and the breakpoint met again
            Stop::Signal(libc::SIGSEGV) => self.fault(id).map(drop),
            Stop::Signal(libc::SIGTRAP) => Ok(()),
            Stop::Signal(libc::SIGSTOP) if self.is_from_us(id) => Ok(()),
            Stop::Signal(signal) => {
                self.task_mut(id).deliver = signal;
                Ok(())
            }
            Stop::Call
            | Stop::CallEnd
            | Stop::Made(_)
            | Stop::VforkDone
            | Stop::Execute
            | Stop::Ending
            | Stop::Halted
            | Stop::Ended(_) => Ok(()),
        }
    }

    /// Does it here, if it is a common one: functions mostly start with the stack. What is inside of
    /// a function meets memory that is nobody's business. Returns whether it was done.
    fn interpret_under(&mut self, id: TaskId, at: u64, byte: u8) -> bool {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        if self.task(id).deliver != 0 || self.buffers.holds(id) {
            return false;
        }
        let mut code = [0; LONGEST];
        if !self.read_code(id, at, &mut code) {
            return false;
        }
        code[0] = byte;
        let mut memory = Inside { engine: self, id };
        if interpret(&code, &mut registers, &mut memory).is_none() || registers.set(pid).is_err() {
            return false;
        }
        self.task_mut(id).registers = registers;
        true
    }

    fn breakpoints_mut(&mut self, id: TaskId) -> Option<&mut Breakpoints> {
        let space = self.space_id(id);
        self.watching.get_mut(&space).map(|watching| &mut watching.breakpoints)
    }

    fn read_code(&self, id: TaskId, at: u64, into: &mut [u8]) -> bool {
        self.read_watched(id, at, into).is_some_and(|done| done.is_ok())
    }

    /// What really stands where there is a breakpoint.
    pub(crate) fn under_breakpoint(&self, id: TaskId, at: u64) -> Option<u8> {
        let breakpoints = &self.watching(id)?.breakpoints;
        let entry = breakpoints.entries.get(&at).map(|(byte, _)| *byte);
        entry.or_else(|| breakpoints.backs.get(&at).map(|(byte, _)| *byte))
    }

    pub(crate) fn write_code(&mut self, id: TaskId, at: u64, byte: u8) -> bool {
        let space = self.space_id(id);
        self.watching.get_mut(&space).is_some_and(|watching| watching.write_code(at, byte).is_ok())
    }
}
