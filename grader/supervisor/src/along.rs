//! Going on in a thread's place. Where threads share a page, each access to it would be a stop,
//! though nearly all of them are of a thread to its own words. So a thread that has stopped
//! there is taken along here, instruction by instruction, up to the first that others could
//! notice, or that is not a common one.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use explorer::TaskId;
use nix::unistd::Pid;

use crate::engine::Engine;
use crate::faults::LONGEST;
use crate::machine::{Memory, interpret};
use crate::memory;
use crate::private::{Manner, Met, PAGE};

/// Instructions done at one stop, at most: in between, limits are looked at.
const MOST: u32 = 2_000;

/// After so many without one that would have been a stop, the processor does it faster.
const FREE: u32 = 100;

/// What an instruction done here counts for, in nanoseconds of the program's processor time.
const COST: u64 = 20;

/// The pages that a thread meets on its way. All tasks stand still meanwhile, so that what was
/// read once stays so.
struct Way<'e, 'a> {
    engine: &'e mut Engine<'a>,
    id: TaskId,
    pages: HashMap<u64, Page>,
    /// Accesses that would have been stops.
    spared: u32,
}

struct Page {
    bytes: Vec<u8>,
    /// What was written.
    changed: Range<usize>,
}

impl Engine<'_> {
    /// Takes `id`, which stands between two instructions, along.
    pub(crate) fn go_along(&mut self, id: TaskId) {
        if self.task(id).deliver != 0 || self.buffers.holds(id) {
            return;
        }
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let mut way = Way { engine: self, id, pages: HashMap::new(), spared: 0 };
        let (mut done, mut free, mut spared) = (0, 0, 0);
        while done < MOST && free < FREE {
            let Some(code) = way.code(registers.code()) else { break };
            if interpret(&code, &mut registers, &mut way).is_none() {
                break;
            }
            done += 1;
            free = if way.spared == spared { free + 1 } else { 0 };
            spared = way.spared;
        }
        if !way.write_back() {
            // it was killed meanwhile: its end comes by itself
            return;
        }
        if done == 0 {
            return;
        }
        self.spent += u64::from(done) * COST;
        registers.outside_call();
        if registers.set(pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
    }
}

impl Way<'_, '_> {
    /// The instruction at `address`, if it is one that may be done here.
    fn code(&mut self, address: u64) -> Option<[u8; LONGEST]> {
        let watching = self.engine.watching(self.id)?;
        let stops = watching.private.holds(address)
            || watching.breakpoints.stops_at(address)
            || self.engine.space(self.id).at(address).is_some();
        if stops {
            return None;
        }
        let within = usize::try_from(address % PAGE).ok()?;
        let page = self.code_page(address / PAGE)?;
        let here = &page[within..page.len().min(within + LONGEST)];
        let mut code = [0; LONGEST];
        code[..here.len()].copy_from_slice(here);
        if here.len() < LONGEST {
            let next = self.code_page(address / PAGE + 1)?;
            code[here.len()..].copy_from_slice(&next[..LONGEST - here.len()]);
        }
        Some(code)
    }

    /// Code that the program does not write to: such a page is read once.
    fn code_page(&mut self, number: u64) -> Option<Rc<[u8]>> {
        let space = self.engine.space_id(self.id);
        if let Some(known) = self.engine.watching.get(&space)?.code.get(&number) {
            return Some(Rc::clone(known));
        }
        let bytes: Rc<[u8]> = readable_page(self.engine.task(self.id).pid, number * PAGE)?.into();
        self.engine.watching.get_mut(&space)?.code.insert(number, Rc::clone(&bytes));
        Some(bytes)
    }

    fn page(&mut self, page: u64) -> Option<&mut Page> {
        if !self.pages.contains_key(&page) {
            let watching = self.engine.watching(self.id)?;
            let bytes = if watching.private.holds(page) {
                let mut bytes = vec![0; PAGE as usize];
                watching.read(page, &mut bytes).ok()?;
                bytes
            } else {
                readable_page(self.engine.task(self.id).pid, page)?
            };
            self.pages.insert(page, Page { bytes, changed: 0..0 });
        }
        self.pages.get_mut(&page)
    }

    /// Whether `id` may do such an access here: it can be noticed by nobody.
    fn may(&mut self, address: u64, len: usize, manner: Manner) -> bool {
        let (page, last) = (address / PAGE * PAGE, address.saturating_add(len as u64 - 1));
        if page != last / PAGE * PAGE || self.engine.space(self.id).at(address).is_some() {
            return false;
        }
        let Some(private) = self.engine.watching(self.id).map(|watching| &watching.private) else { return false };
        let Some(region) = private.region(address) else { return manner == Manner::Reads };
        let wanted = match manner {
            Manner::Reads => libc::PROT_READ,
            Manner::Writes => libc::PROT_WRITE,
        };
        if region.protection & wanted == 0 {
            return false;
        }
        private.is_free(self.id, page, manner)
            || private.end_told_by(address).is_none()
                && self.engine.meet(self.id, address, len as u64, manner) == Met::Quiet
                && {
                    self.spared += 1;
                    true
                }
    }

    /// Brings what was written to the task's memory. Returns whether it is there.
    fn write_back(&self) -> bool {
        let changed = self.pages.iter().filter(|(_, page)| !page.changed.is_empty());
        let Some(watching) = self.engine.watching(self.id) else { return true };
        changed.fold(true, |done, (start, page)| {
            let first = start + page.changed.start as u64;
            watching.write(first, &page.bytes[page.changed.clone()]).is_ok() && done
        })
    }
}

/// A page of what is not followed: it has the protection that the program gave it.
fn readable_page(pid: Pid, page: u64) -> Option<Vec<u8>> {
    let bytes = memory::read_some(pid, page, PAGE as usize);
    (bytes.len() == PAGE as usize).then_some(bytes)
}

impl Memory for Way<'_, '_> {
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        if !self.may(address, into.len(), Manner::Reads) {
            return None;
        }
        let within = usize::try_from(address % PAGE).ok()?;
        let page = self.page(address / PAGE * PAGE)?;
        into.copy_from_slice(&page.bytes[within..within + into.len()]);
        Some(())
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        if !self.may(address, from.len(), Manner::Writes) {
            return None;
        }
        let within = usize::try_from(address % PAGE).ok()?;
        let end = within + from.len();
        let page = self.page(address / PAGE * PAGE)?;
        page.bytes[within..end].copy_from_slice(from);
        let before = &page.changed;
        page.changed = if before.is_empty() { within..end } else { before.start.min(within)..before.end.max(end) };
        Some(())
    }
}
