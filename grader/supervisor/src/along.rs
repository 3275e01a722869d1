//! Going on in a thread's place. Where threads share a page, each access to it would be a stop,
//! though nearly all of them are of a thread to its own words. So a thread that has stopped
//! there is taken along here, instruction by instruction, up to the first that others could
//! notice, or that is not a common one.

use std::ops::Range;
use std::rc::Rc;

use explorer::TaskId;
use nix::unistd::Pid;

use crate::engine::Engine;
use crate::instructions::LONGEST;
use crate::machine::{Memory, Vectors, interpret};
use crate::memory;
use crate::private::{Manner, Met, PAGE};

/// Instructions done at one stop, at most: in between, limits are looked at.
const MOST: u32 = 2_000;

/// After so many without one that would have been a stop, the processor does it faster.
const FREE: u32 = 200;

/// A thread that wrote nothing on so long a walk, and read no more words than these of those that
/// would have been stops, waits for one of them to change.
const WAITED_FOR: usize = 4;

/// What an instruction done here counts for, in nanoseconds of the program's processor time.
pub(crate) const COST: u64 = 20;

/// The pages that a thread meets on its walk. All tasks stand still meanwhile, so that what was
/// read once stays so.
struct Walk<'e, 'a> {
    engine: &'e mut Engine<'a>,
    id: TaskId,
    /// A handful.
    pages: Vec<Page>,
    /// The page of code that it is on.
    code: Option<(u64, Rc<[u8; LEN]>)>,
    /// Accesses that would have been stops.
    spared: u32,
    /// The words that these read, as long as they are few and nothing was written.
    read: Option<Vec<u64>>,
    /// Its vector registers, from when they are needed on.
    vectors: Option<Vectors>,
    /// What it came to that threads share: there the walk ends.
    shared: Option<u64>,
}

struct Page {
    start: u64,
    bytes: Vec<u8>,
    /// What was written.
    changed: Range<usize>,
    /// In which manners it is the thread's own for now.
    free: [bool; 2],
}

/// Bytes of a page.
const LEN: usize = PAGE as usize;

impl Engine<'_> {
    /// Takes `id`, which stands between two instructions, along. Returns whether it stands at an
    /// access now that others can notice.
    pub(crate) fn go_along(&mut self, id: TaskId) -> bool {
        if self.task(id).deliver != 0 || self.buffers.holds(id) {
            return false;
        }
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let mut walk = Walk {
            engine: self,
            id,
            pages: Vec::new(),
            code: None,
            spared: 0,
            read: Some(Vec::new()),
            vectors: None,
            shared: None,
        };
        let (mut done, mut free, mut spared) = (0, 0, 0);
        let mut arrived = None;
        while done < MOST && free < FREE {
            let Some(code) = walk.instruction(registers.code()) else { break };
            if interpret(&code, &mut registers, &mut walk).is_none() {
                arrived = walk.shared.map(|address| (code, address));
                break;
            }
            done += 1;
            free = if walk.spared == spared { free + 1 } else { 0 };
            spared = walk.spared;
        }
        let waits_for = walk.read.take().filter(|_| done == MOST).unwrap_or_default();
        let vectors = walk.vectors.take();
        if !walk.write_back() || vectors.is_some_and(|mut vectors| vectors.set(pid).is_err()) {
            // it was killed meanwhile: its end comes by itself
            return false;
        }
        // nobody else has met these words so far; whoever does is let on as soon as they count
        self.share(id, &waits_for);
        self.walked(id, done);
        if done > 0 {
            self.spent += u64::from(done) * COST;
            registers.outside_call();
            if registers.set(pid).is_err() {
                return false;
            }
            self.task_mut(id).registers = registers;
        }
        let Some((code, address)) = arrived else { return false };
        let Ok(instruction) = self.decoded(id, code.to_vec(), &registers, address) else { return false };
        self.stand_at_private_access(id, instruction, &registers);
        true
    }
}

impl Walk<'_, '_> {
    /// The instruction at `address`, if it is one that may be done here.
    fn instruction(&mut self, address: u64) -> Option<[u8; LONGEST]> {
        if self.engine.watching(self.id)?.breakpoints.is_allocators(address) {
            return None;
        }
        let within = (address % PAGE) as usize;
        self.come_to_code(address / PAGE)?;
        let mut code = [0; LONGEST];
        let len = LONGEST.min(LEN - within);
        code[..len].copy_from_slice(&self.code.as_ref()?.1[within..within + len]);
        if len < LONGEST {
            let next = self.code_page(address / PAGE + 1)?;
            code[len..].copy_from_slice(&next[..LONGEST - len]);
        }
        Some(code)
    }

    fn come_to_code(&mut self, number: u64) -> Option<()> {
        if self.code.as_ref().is_none_or(|(known, _)| *known != number) {
            self.code = Some((number, self.code_page(number)?));
        }
        Some(())
    }

    /// Code that the program does not write to: such a page is read once. Breakpoints are in it.
    fn code_page(&mut self, number: u64) -> Option<Rc<[u8; LEN]>> {
        let space = self.engine.space_id(self.id);
        let watching = self.engine.watching.get(&space)?;
        if let Some(known) = watching.code.get(&number) {
            return Some(Rc::clone(known));
        }
        let start = number * PAGE;
        if watching.private.holds(start) || self.engine.space(self.id).at(start).is_some() {
            return None;
        }
        let bytes: [u8; LEN] = readable_page(self.engine.task(self.id).pid, start)?.try_into().ok()?;
        let bytes = Rc::new(bytes);
        self.engine.watching.get_mut(&space)?.code.insert(number, Rc::clone(&bytes));
        Some(bytes)
    }

    /// The place among `pages` of the page that starts at `start`.
    fn page(&mut self, start: u64) -> Option<usize> {
        if let Some(known) = self.pages.iter().position(|page| page.start == start) {
            return Some(known);
        }
        let watching = self.engine.watching(self.id)?;
        let bytes = if watching.private.holds(start) {
            let mut bytes = vec![0; LEN];
            watching.read(start, &mut bytes).ok()?;
            bytes
        } else {
            readable_page(self.engine.task(self.id).pid, start)?
        };
        self.pages.push(Page { start, bytes, changed: 0..0, free: [false; 2] });
        Some(self.pages.len() - 1)
    }

    /// The page and the place in it where `id` may do such an access here, noticed by nobody.
    fn reach(&mut self, address: u64, len: usize, manner: Manner) -> Option<(usize, usize)> {
        let (start, within) = (address / PAGE * PAGE, (address % PAGE) as usize);
        if within + len > LEN {
            return None;
        }
        let index = self.page(start)?;
        if self.pages[index].free[manner as usize] {
            return Some((index, within));
        }
        if self.engine.space(self.id).at(address).is_some() {
            return None;
        }
        let private = &self.engine.watching(self.id)?.private;
        let Some(region) = private.region(address) else {
            return (manner == Manner::Reads).then_some((index, within));
        };
        let wanted = match manner {
            Manner::Reads => libc::PROT_READ,
            Manner::Writes => libc::PROT_WRITE,
        };
        if region.protection & wanted == 0 {
            return None;
        }
        if private.is_free(self.id, start, manner) {
            self.pages[index].free[manner as usize] = true;
            return Some((index, within));
        }
        if private.end_told_by(address).is_some() {
            return None;
        }
        // whatever comes of it, it may be the thread's own no longer
        self.pages[index].free = [false; 2];
        let met = self.engine.meet(self.id, address, len as u64, manner);
        self.spared += 1;
        self.note_read(address / 8);
        match met {
            Met::Quiet => Some((index, within)),
            // from here on it need not be asked for
            Met::Own => {
                self.pages[index].free[manner as usize] = true;
                Some((index, within))
            }
            Met::Shared => {
                self.shared = Some(address);
                None
            }
        }
    }

    fn note_read(&mut self, word: u64) {
        let Some(read) = self.read.as_mut().filter(|read| !read.contains(&word)) else { return };
        read.push(word);
        if read.len() > WAITED_FOR {
            self.read = None;
        }
    }

    /// Brings what was written to the task's memory. Returns whether it is there.
    fn write_back(&self) -> bool {
        let Some(watching) = self.engine.watching(self.id) else { return true };
        self.pages.iter().filter(|page| !page.changed.is_empty()).fold(true, |done, page| {
            let first = page.start + page.changed.start as u64;
            watching.write(first, &page.bytes[page.changed.clone()]).is_ok() && done
        })
    }
}

/// A page of what is not followed: it has the protection that the program gave it.
fn readable_page(pid: Pid, start: u64) -> Option<Vec<u8>> {
    let bytes = memory::read_some(pid, start, LEN);
    (bytes.len() == LEN).then_some(bytes)
}

impl Memory for Walk<'_, '_> {
    fn vectors(&mut self) -> Option<&mut Vectors> {
        if self.vectors.is_none() {
            self.vectors = Vectors::of(self.engine.task(self.id).pid).ok();
        }
        self.vectors.as_mut()
    }

    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        let (page, within) = self.reach(address, into.len(), Manner::Reads)?;
        into.copy_from_slice(&self.pages[page].bytes[within..within + into.len()]);
        Some(())
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        let (page, within) = self.reach(address, from.len(), Manner::Writes)?;
        self.read = None;
        let page = &mut self.pages[page];
        let end = within + from.len();
        page.bytes[within..end].copy_from_slice(from);
        let before = &page.changed;
        page.changed = if before.is_empty() { within..end } else { before.start.min(within)..before.end.max(end) };
        Some(())
    }
}
