//! Going on behind an access to memory that processes share, as far as what was read along with
//! it reaches: the code around it, and the top of the stack. A loop comes to its next access so
//! without a stop.

use explorer::TaskId;

use crate::along::COST;
use crate::engine::Engine;
use crate::instructions::LONGEST;
use crate::machine::{Memory, Registers, interpret};
use crate::memory;
use crate::private::PAGE;

/// Instructions done here, at most; then the processor is asked, which is faster.
const MOST: u32 = 64;

/// Bytes of code before and behind an instruction that are read with it, on its page.
const AROUND: u64 = 64;

/// What is known of a task's memory as long as it does not run.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) code: Part,
    pub(crate) stack: Part,
}

/// Bytes, and where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) start: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Part {
    /// Where the bytes from `address` on are, if they are all there.
    fn place(&self, address: u64, len: usize) -> Option<std::ops::Range<usize>> {
        let at = usize::try_from(address.checked_sub(self.start)?).ok()?;
        (at.checked_add(len)? <= self.bytes.len()).then_some(at..at + len)
    }

    /// What there is from `address` on, up to `len` bytes.
    pub(crate) fn from(&self, address: u64, len: usize) -> &[u8] {
        let at = address.checked_sub(self.start).and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        let bytes = self.bytes.get(at..).unwrap_or_default();
        &bytes[..bytes.len().min(len)]
    }
}

/// The code to be read with the instruction at `address`: where it starts, and its length.
pub(crate) fn code_around(address: u64) -> (u64, usize) {
    let page = address / PAGE * PAGE;
    let start = address.saturating_sub(AROUND).max(page);
    let end = (address + AROUND).min(page + PAGE).max(address + LONGEST as u64);
    #[expect(clippy::cast_possible_truncation, reason = "less than a page")]
    let len = (end - start) as usize;
    (start, len)
}

/// A task's memory within its window.
struct Within<'e, 'a> {
    engine: &'e Engine<'a>,
    id: TaskId,
    window: Window,
    changed: bool,
    /// What it came to that others share.
    shared: Option<u64>,
}

impl Within<'_, '_> {
    fn place(&mut self, address: u64, len: usize) -> Option<std::ops::Range<usize>> {
        if self.engine.space(self.id).at(address).is_some_and(|mapping| mapping.alias.is_some()) {
            self.shared = Some(address);
            return None;
        }
        self.window.stack.place(address, len)
    }
}

impl Memory for Within<'_, '_> {
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        let place = self.place(address, into.len())?;
        into.copy_from_slice(&self.window.stack.bytes[place]);
        Some(())
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        let place = self.place(address, from.len())?;
        self.window.stack.bytes[place].copy_from_slice(from);
        self.changed = true;
        Some(())
    }
}

impl Engine<'_> {
    /// Takes `id` on within its window. Returns whether it stands at an access to shared memory
    /// now; otherwise nothing has changed.
    pub(crate) fn go_on_within(&mut self, id: TaskId) -> bool {
        let Some(window) = self.task_mut(id).window.take() else { return false };
        if self.task(id).deliver != 0 || self.buffers.holds(id) {
            return false;
        }
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let mut within = Within { engine: self, id, window: *window, changed: false, shared: None };
        let mut done = 0;
        let arrived = loop {
            let code = within.window.code.from(registers.code(), LONGEST).to_vec();
            if done == MOST {
                break None;
            }
            if interpret(&code, &mut registers, &mut within).is_none() {
                break within.shared.map(|address| (code, address));
            }
            done += 1;
        };
        let Some((code, address)) = arrived else { return false };
        let Within { window, changed, .. } = within;
        let Ok(instruction) = self.decoded(id, code, &registers, address) else { return false };
        if !self.may_access(id, &instruction) {
            return false;
        }
        registers.outside_call();
        if changed && memory::write(pid, window.stack.start, &window.stack.bytes).is_err()
            || registers.set(pid).is_err()
        {
            // it was killed meanwhile: its end comes by itself
            return false;
        }
        self.spent += u64::from(done) * COST;
        let place = self.place_within(id, &registers, &window);
        let task = self.task_mut(id);
        task.registers = registers;
        task.window = Some(Box::new(window));
        self.stand_at_access(id, instruction, place);
        true
    }

    /// Which place in the program that is, with the stack's top from the window if it is all there.
    fn place_within(&self, id: TaskId, registers: &Registers, window: &Window) -> u64 {
        let stack = if window.stack.start == registers.stack() {
            window.stack.bytes.clone()
        } else {
            self.top_of_stack(id, registers)
        };
        self.place_in_program(id, registers, stack)
    }
}
