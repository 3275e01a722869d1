//! At which instruction a task stands, where in its program that is, and what it is about to
//! meet there.

use explorer::TaskId;
use nix::unistd::Pid;

use crate::engine::{Engine, digest};
use crate::machine::{Effect, Instruction, Registers, Unreadable, decode};
use crate::memory;
use crate::task::{Op, State};
use crate::window::{Part, Window, code_around};

/// The longest instruction, in bytes.
pub(crate) const LONGEST: usize = 15;

/// Bytes of a stack, from its top on, in which return addresses are looked for.
const LOOKED_AT: usize = 384;

/// Bytes that are read along with an instruction: no plain access is wider.
const GLIMPSED: usize = 8;

impl Engine<'_> {
    /// The instruction that a task stands at, and that met `fault`.
    pub(crate) fn instruction_at(
        &self,
        id: TaskId,
        registers: &Registers,
        fault: u64,
    ) -> Result<Instruction, Unreadable> {
        let code = memory::read_some(self.task(id).pid, registers.code(), LONGEST);
        self.decoded(id, code, registers, fault)
    }

    /// The same, and which place in the program that is. What lies at the other end of `alias`
    /// is read along.
    pub(crate) fn instruction_and_place(
        &mut self,
        id: TaskId,
        registers: &Registers,
        fault: u64,
        (alias, left): (u64, u64),
    ) -> (Result<Instruction, Unreadable>, u64) {
        let pid = self.task(id).pid;
        let len = usize::try_from(left).unwrap_or(GLIMPSED).min(GLIMPSED);
        let around = code_around(registers.code());
        let places = [around, (registers.stack(), LOOKED_AT), (alias, len)];
        let [code, stack, bytes] = memory::read_several(pid, places);
        // what waits to be stored may go first
        self.glimpse =
            (!self.buffers.holds(id)).then_some(Glimpse { task: id, taken: self.taken, address: fault, bytes });
        let code = Part { start: around.0, bytes: code };
        let instruction = self.decoded(id, code.from(registers.code(), LONGEST).to_vec(), registers, fault);
        let place = self.place_in_program(id, registers, stack.clone());
        if stack.len() == LOOKED_AT && self.space(id).among(registers.stack(), LOOKED_AT as u64).is_empty() {
            let stack = Part { start: registers.stack(), bytes: stack };
            self.task_mut(id).window = Some(Box::new(Window { code, stack }));
        }
        (instruction, place)
    }

    /// Which place in the program a task stands at, by the top of its stack.
    pub(crate) fn place_in_program(&self, id: TaskId, registers: &Registers, stack: Vec<u8>) -> u64 {
        call_path(self.task(id).pid, registers, stack)
    }

    /// The top of a task's stack; empty where it cannot be read just so.
    pub(crate) fn top_of_stack(&self, id: TaskId, registers: &Registers) -> Vec<u8> {
        let mut stack = vec![0; LOOKED_AT];
        if self.read_watched(id, registers.stack(), &mut stack).is_none_or(|read| read.is_err()) {
            stack = memory::read_some(self.task(id).pid, registers.stack(), LOOKED_AT);
        }
        stack
    }

    pub(crate) fn decoded(
        &self,
        id: TaskId,
        mut code: Vec<u8>,
        registers: &Registers,
        fault: u64,
    ) -> Result<Instruction, Unreadable> {
        if code.is_empty() {
            code = memory::read_protected(self.task(id).pid, registers.code(), LONGEST);
        }
        if let Some(byte) = self.under_breakpoint(id, registers.code())
            && let Some(first) = code.first_mut()
        {
            *first = byte;
        }
        let mut instruction = decode(&code, registers, fault)?;
        let read = |at| {
            let mut bytes = vec![0; LONGEST];
            if self.peek(id, at, &mut bytes).is_err() { Vec::new() } else { bytes }
        };
        if instruction.effect == Effect::Exchange && instruction.looks_at_result(registers, read) {
            instruction.effect = Effect::Update;
        }
        Ok(instruction)
    }

    /// The task waits at an instruction that others can notice, at `place` in its program.
    pub(crate) fn stand_at_access(&mut self, id: TaskId, instruction: Instruction, place: u64) {
        let task = self.task_mut(id);
        task.place = place;
        task.state = State::At(Op::Access(Box::new(instruction)));
    }

    /// The same, of private memory that threads share.
    pub(crate) fn stand_at_private_access(&mut self, id: TaskId, instruction: Instruction, registers: &Registers) {
        let place = self.place_in_program(id, registers, self.top_of_stack(id, registers));
        self.stand_at_access(id, instruction, place);
    }

    /// What lies at `address`, if `id` has seen it a step ago: nobody else was there since.
    pub(crate) fn glimpsed(&mut self, id: TaskId, address: u64, len: usize) -> Option<Vec<u8>> {
        let mut glimpse = self.glimpse.take()?;
        let holds = glimpse.task == id
            && glimpse.taken + 1 == self.taken
            && glimpse.address == address
            && glimpse.bytes.len() >= len;
        glimpse.bytes.truncate(len);
        holds.then_some(glimpse.bytes)
    }
}

/// What a task saw where it is about to access shared memory.
#[derive(Debug)]
pub(crate) struct Glimpse {
    pub(crate) task: TaskId,
    /// How many steps had been taken then.
    pub(crate) taken: u64,
    pub(crate) address: u64,
    pub(crate) bytes: Vec<u8>,
}

/// A digest of the instruction that a task stands at and of the return addresses near the top
/// of its stack. Programs are loaded at the same addresses each time, so that what lies among
/// them is told by its value.
fn call_path(pid: Pid, registers: &Registers, mut stack: Vec<u8>) -> u64 {
    const PROGRAM: std::ops::Range<u64> = 0x5555_5555_0000..0x5555_5600_0000;
    const LIBRARIES: std::ops::Range<u64> = 0x7fff_f000_0000..0x7fff_f800_0000;
    if stack.is_empty() {
        stack = memory::read_protected(pid, registers.stack(), LOOKED_AT);
    }
    let words = stack.chunks_exact(8).map(|word| word.iter().rev().fold(0u64, |all, byte| all << 8 | u64::from(*byte)));
    let callers: Vec<u64> = words.filter(|word| PROGRAM.contains(word) || LIBRARIES.contains(word)).collect();
    digest(&(registers.code(), callers))
}
