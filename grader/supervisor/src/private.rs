//! The private memory of a process that has several threads: who has met which page and which
//! word of it, and in what order as far as the program itself gives one.
//!
//! A page is open to one thread for as long as nobody else has met it; a page that two have met
//! is watched, each access to it is done in the program's place. Of its words only those
//! matter that two threads met, one of them changing it, with neither the start nor the end of
//! a thread between the two: these are *shared*. The bookkeeping is FastTrack's (Flanagan and
//! Freund: FastTrack: efficient and precise dynamic race detection, 2009), with those two
//! edges alone, since a lock's order is luck.
//!
//! Which pages and words are shared is kept from one execution to the next ([`Shared`]), so
//! that they are watched from the start. Knows nothing of tasks' registers, and makes no calls.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use explorer::{Shared, TaskId};

/// Bytes of a page.
pub(crate) const PAGE: u64 = 4096;

/// Stops at accesses to watched pages that nobody shares, in one execution: beyond that,
/// following threads costs more than it shows.
const MOST_QUIET: u32 = 10_000;

/// Bytes from a thread's control block on that are the C library's own (`struct pthread`).
const CONTROL_BLOCK: u64 = 0x900;

/// How memory is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Reads,
    Writes,
}

/// What is to become of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    /// The memory is the task's own for now: it is opened, and the task tries again.
    Own,
    /// It is watched, and nobody else minds: it is done in the task's place.
    Quiet,
    /// Others can notice it.
    Shared,
}

/// How far each task has come after the others, by starts and ends alone.
type Clock = HashMap<TaskId, u32>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use {
    task: TaskId,
    epoch: u32,
}

/// The last write of a place, and the reads since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Uses {
    write: Option<Use>,
    reads: Vec<Use>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Given,
    Luck,
}

impl Uses {
    /// Takes note that `task` meets the place. Says whether those who met it before surely
    /// came before.
    fn meet(&mut self, task: TaskId, clock: &Clock, manner: Manner) -> Order {
        let before = |other: &Use| clock.get(&other.task).is_some_and(|known| other.epoch <= *known);
        let epoch = clock.get(&task).copied().unwrap_or(0);
        let mut order = if self.write.as_ref().is_none_or(before) { Order::Given } else { Order::Luck };
        match manner {
            Manner::Reads => {
                self.reads.retain(|other| !before(other));
                self.reads.push(Use { task, epoch });
            }
            Manner::Writes => {
                if !self.reads.iter().all(before) {
                    order = Order::Luck;
                }
                self.reads.clear();
                self.write = Some(Use { task, epoch });
            }
        }
        order
    }
}

/// A range of writable private memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// What the program may do there.
    pub(crate) protection: i32,
    /// Who made it, and when: the pages that nobody has met since are its.
    maker: Use,
    /// Whether it can be accessed as a whole, having been made just now.
    state: RegionState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RegionState {
    Open,
    Closed,
}

impl Region {
    fn end(&self) -> u64 {
        self.start + self.len
    }
}

#[derive(Clone, Debug)]
enum Page {
    /// Met by those in an order that the program gives.
    Owned(Uses),
    Watched,
}

/// A change of protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) start: u64,
    pub(crate) len: u64,
    pub(crate) protection: i32,
}

/// The followed private memory of one address space.
#[derive(Debug)]
pub(crate) struct Private {
    /// Names the space the same in every execution.
    name: u64,
    regions: BTreeMap<u64, Region>,
    pages: HashMap<u64, Page>,
    words: HashMap<u64, Uses>,
    clocks: HashMap<TaskId, Clock>,
    /// Pages that each task may touch freely when it runs, and how.
    free: HashMap<TaskId, BTreeMap<u64, i32>>,
    /// Pages that can be accessed now, and how.
    open: BTreeMap<u64, i32>,
    /// Pages that were opened for the kernel or one instruction.
    lent: BTreeSet<u64>,
    /// To whom.
    lent_to: Option<TaskId>,
    /// For whom the pages are open.
    opened_for: Option<TaskId>,
    /// Where threads' control blocks start, and whose they are.
    blocks: HashMap<u64, TaskId>,
    /// The words that are cleared when a thread ends.
    ends: HashMap<u64, TaskId>,
    /// Threads that live, and those that ended without anybody having noticed.
    around: BTreeSet<TaskId>,
    quiet: u32,
}

impl Private {
    /// Starts following: `task`, alone so far, has met everything.
    pub(crate) fn new(name: u64, task: TaskId, block: u64) -> Private {
        Private {
            name,
            regions: BTreeMap::new(),
            pages: HashMap::new(),
            words: HashMap::new(),
            clocks: HashMap::from([(task, Clock::from([(task, 1)]))]),
            free: HashMap::new(),
            open: BTreeMap::new(),
            lent: BTreeSet::new(),
            lent_to: None,
            opened_for: None,
            blocks: HashMap::from([(block, task)]),
            ends: HashMap::new(),
            around: BTreeSet::from([task]),
            quiet: 0,
        }
    }

    pub(crate) fn name(&self) -> u64 {
        self.name
    }

    /// Whether `address` is memory that is followed.
    pub(crate) fn holds(&self, address: u64) -> bool {
        self.region(address).is_some()
    }

    /// The region that holds `address`.
    pub(crate) fn region(&self, address: u64) -> Option<&Region> {
        self.regions.range(..=address).next_back().map(|(_, region)| region).filter(|region| address < region.end())
    }

    /// Memory that `task` has just got, and can access as a whole.
    pub(crate) fn add(&mut self, task: TaskId, start: u64, len: u64, protection: i32) {
        self.remove(start, len);
        let epoch = self.clocks.get(&task).and_then(|clock| clock.get(&task)).copied().unwrap_or(0);
        let maker = Use { task, epoch };
        let len = len.next_multiple_of(PAGE);
        if len > 0 {
            self.regions.insert(start, Region { start, len, protection, maker, state: RegionState::Open });
        }
    }

    /// Memory that goes away.
    pub(crate) fn remove(&mut self, start: u64, len: u64) {
        let end = start.saturating_add(len.next_multiple_of(PAGE));
        let met: Vec<Region> =
            self.regions.range(..end).map(|(_, region)| *region).filter(|region| region.end() > start).collect();
        if met.is_empty() {
            return;
        }
        for region in met {
            self.regions.remove(&region.start);
            if region.start < start {
                self.regions.insert(region.start, Region { len: start - region.start, ..region });
            }
            if region.end() > end {
                self.regions.insert(end, Region { start: end, len: region.end() - end, ..region });
            }
        }
        let inside = |page: u64| start <= page && page < end;
        self.pages.retain(|page, _| !inside(*page));
        self.words.retain(|word, _| !inside(word * 8));
        self.open.retain(|page, _| !inside(*page));
        self.lent.retain(|page| !inside(*page));
        for pages in self.free.values_mut() {
            pages.retain(|page, _| !inside(*page));
        }
    }

    /// The stack has grown down to hold `address`. Returns whether it is one that can.
    pub(crate) fn grow_down(&mut self, task: TaskId, start: u64, end: u64) -> bool {
        let Some(region) = self.regions.values().find(|region| region.start > start && region.start <= end).copied()
        else {
            return false;
        };
        self.add(task, start, region.start - start, region.protection);
        true
    }

    /// `maker` makes the thread `task`, whose control block is at `block` and which clears the
    /// word at `end` when it ends.
    pub(crate) fn start(&mut self, maker: TaskId, task: TaskId, block: Option<u64>, end: Option<u64>) {
        let clock = self.clocks.entry(maker).or_default();
        let mut made = clock.clone();
        *clock.entry(maker).or_default() += 1;
        made.insert(task, 1);
        self.clocks.insert(task, made);
        self.blocks.extend(block.map(|block| (block, task)));
        self.around.insert(task);
        if let Some(end) = end {
            self.ends.insert(end, task);
            self.watch(end / PAGE * PAGE);
        }
        // what the maker does from here on is another matter
        self.free.remove(&maker);
        self.opened_for = None;
    }

    /// `task` learned that `ended` has ended.
    pub(crate) fn join(&mut self, task: TaskId, ended: TaskId) {
        let theirs = self.clocks.get(&ended).cloned().unwrap_or_default();
        let own = self.clocks.entry(task).or_default();
        for (other, epoch) in theirs {
            let known = own.entry(other).or_default();
            *known = epoch.max(*known);
        }
        self.around.remove(&ended);
    }

    /// The thread whose end the word at `address` tells, as long as nobody has noticed it.
    pub(crate) fn end_told_by(&self, address: u64) -> Option<TaskId> {
        self.ends.get(&address).copied().filter(|task| self.around.contains(task))
    }

    /// Whose control block is at `block`.
    pub(crate) fn task_of_block(&self, block: u64) -> Option<TaskId> {
        self.blocks.get(&block).copied()
    }

    /// `task` got memory from an allocator: who met it before does not matter any more.
    pub(crate) fn renew(&mut self, task: TaskId, address: u64, len: u64) {
        const MOST: u64 = 1 << 20;
        let epoch = self.clocks.get(&task).and_then(|clock| clock.get(&task)).copied().unwrap_or(0);
        for word in address / 8..address.saturating_add(len.min(MOST)).div_ceil(8) {
            if let Some(uses) = self.words.get_mut(&word) {
                *uses = Uses { write: Some(Use { task, epoch }), reads: Vec::new() };
            }
        }
    }

    /// Whether nobody but `task` is around, nor has ended unnoticed.
    pub(crate) fn is_alone(&self, task: TaskId) -> bool {
        self.around.iter().all(|other| *other == task)
    }

    /// `task` comes to `len` bytes at `address`.
    pub(crate) fn meet(
        &mut self,
        task: TaskId,
        address: u64,
        len: u64,
        manner: Manner,
        shared: &mut Shared,
    ) -> (Met, Growth) {
        let mut growth = Growth::None;
        let last = address.saturating_add(len.max(1) - 1);
        let mut watched = false;
        for page in (address / PAGE..=last / PAGE).map(|page| page * PAGE) {
            watched |= self.meet_page(task, page, manner, shared, &mut growth);
        }
        if !watched {
            return (Met::Own, growth);
        }
        if self.blocks.keys().any(|block| (*block..*block + CONTROL_BLOCK).contains(&address)) {
            return (Met::Quiet, growth);
        }
        let words = address / 8..=last / 8;
        if words.clone().any(|word| shared.words.contains(&(self.name, word))) {
            return (Met::Shared, growth);
        }
        let Some(clock) = self.clocks.get(&task) else { return (Met::Quiet, growth) };
        for word in words {
            if self.words.entry(word).or_default().meet(task, clock, manner) == Order::Luck
                && shared.words.insert((self.name, word))
            {
                growth = Growth::Some;
            }
        }
        (Met::Quiet, growth)
    }

    /// A task stopped at an access that nobody minds. Returns whether that has been too often.
    pub(crate) fn stopped_in_vain(&mut self) -> bool {
        self.quiet += 1;
        self.quiet > MOST_QUIET
    }

    /// So many instructions were done in a thread's place: where they are many, that costs as much
    /// as stops.
    pub(crate) fn walked(&mut self, instructions: u32) {
        const OF_ONE_STOP: u32 = 100;
        self.quiet += instructions / OF_ONE_STOP;
    }

    /// Whether the page is watched.
    fn meet_page(&mut self, task: TaskId, page: u64, manner: Manner, shared: &mut Shared, growth: &mut Growth) -> bool {
        let Some(region) = self.region(page).copied() else { return false };
        if !self.pages.contains_key(&page) {
            let first = if shared.pages.contains(&(self.name, page)) {
                Page::Watched
            } else {
                Page::Owned(Uses { write: Some(region.maker), reads: Vec::new() })
            };
            self.pages.insert(page, first);
        }
        let (Some(Page::Owned(uses)), Some(clock)) = (self.pages.get_mut(&page), self.clocks.get(&task)) else {
            return true;
        };
        if uses.meet(task, clock, manner) == Order::Luck {
            self.watch(page);
            if shared.pages.insert((self.name, page)) {
                *growth = Growth::Some;
            }
            return true;
        }
        // others come back here by way of a fault
        for (other, pages) in &mut self.free {
            if *other == task {
                continue;
            }
            match manner {
                Manner::Writes => {
                    pages.remove(&page);
                }
                Manner::Reads => {
                    if let Some(protection) = pages.get_mut(&page) {
                        *protection &= !libc::PROT_WRITE;
                    }
                }
            }
        }
        let allowed = match manner {
            Manner::Reads => region.protection & !libc::PROT_WRITE,
            Manner::Writes => region.protection,
        };
        let free = self.free.entry(task).or_default().entry(page).or_insert(allowed);
        *free |= allowed;
        self.opened_for = None;
        false
    }

    fn watch(&mut self, page: u64) {
        self.pages.insert(page, Page::Watched);
        for pages in self.free.values_mut() {
            pages.remove(&page);
        }
    }

    /// The pages that anybody has met, in order: all others are as they were. `None` where there is
    /// memory that is open as a whole.
    pub(crate) fn met(&self) -> Option<Vec<u64>> {
        if self.regions.values().any(|region| region.state == RegionState::Open) {
            return None;
        }
        let mut pages: Vec<u64> = self.pages.keys().copied().collect();
        pages.sort_unstable();
        Some(pages)
    }

    /// Opens the pages of a range for the kernel, or for one instruction.
    pub(crate) fn lend(&mut self, task: TaskId, address: u64, len: u64) {
        if self.lent_to != Some(task) {
            self.lent.clear();
            self.lent_to = Some(task);
        }
        let last = address.saturating_add(len.max(1) - 1);
        for page in (address / PAGE..=last / PAGE).map(|page| page * PAGE) {
            if self.region(page).is_some() {
                self.lent.insert(page);
            }
        }
    }

    /// Opens everything.
    pub(crate) fn lend_all(&mut self, task: TaskId) {
        let regions: Vec<Region> = self.regions.values().copied().collect();
        for region in regions {
            // what nobody has met is not written out page by page
            const MANY: u64 = 64 * PAGE;
            if region.len <= MANY {
                self.lend(task, region.start, region.len);
            }
        }
        let pages: Vec<u64> = self.pages.keys().copied().collect();
        pages.into_iter().for_each(|page| self.lend(task, page, 1));
    }

    /// Whether pages are lent.
    pub(crate) fn lends(&self) -> bool {
        !self.lent.is_empty()
    }

    /// Takes back what was lent.
    pub(crate) fn take_back(&mut self) {
        self.lent.clear();
    }

    /// Whether the protections are as they have to be for `task`, as far as that can be told
    /// without looking at each page.
    pub(crate) fn is_open_for(&self, task: TaskId) -> bool {
        self.opened_for == Some(task)
    }

    /// Whether `task` can access a page in such a way without a fault.
    pub(crate) fn is_free(&self, task: TaskId, page: u64, manner: Manner) -> bool {
        let wanted = match manner {
            Manner::Reads => libc::PROT_READ,
            Manner::Writes => libc::PROT_WRITE,
        };
        let allowed = self.free.get(&task).and_then(|pages| pages.get(&page)).copied().unwrap_or(libc::PROT_NONE);
        allowed & wanted != 0
    }

    /// What has to change so that `task` can run.
    pub(crate) fn changes_for(&mut self, task: TaskId) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for region in self.regions.values_mut().filter(|region| region.state == RegionState::Open) {
            region.state = RegionState::Closed;
            changes.push(Change { start: region.start, len: region.len, protection: libc::PROT_NONE });
        }
        let mut wanted: BTreeMap<u64, i32> = self.free.get(&task).cloned().unwrap_or_default();
        if self.lent_to != Some(task) {
            self.lent.clear();
        }
        let lent: Vec<u64> = self.lent.iter().copied().collect();
        for page in lent {
            if let Some(region) = self.region(page) {
                wanted.insert(page, region.protection);
            }
        }
        let closing = self.open.keys().filter(|page| !wanted.contains_key(page)).map(|page| (*page, libc::PROT_NONE));
        let opening =
            wanted.iter().filter(|(page, how)| self.open.get(page) != Some(how)).map(|(page, how)| (*page, *how));
        let mut pages: Vec<(u64, i32)> = closing.chain(opening).collect();
        pages.sort_unstable();
        let regions_done = changes.len();
        for (page, protection) in pages {
            match changes[regions_done..].last_mut() {
                Some(last) if last.start + last.len == page && last.protection == protection => last.len += PAGE,
                _ => changes.push(Change { start: page, len: PAGE, protection }),
            }
        }
        self.open = wanted;
        self.opened_for = Some(task);
        changes
    }

    /// A page turned out to be closed: it is opened once more.
    pub(crate) fn reopen(&mut self, page: u64) {
        self.open.remove(&page);
        self.opened_for = None;
    }

    /// Something was opened or closed for `task` since it was opened for it.
    pub(crate) fn touch(&mut self) {
        self.opened_for = None;
    }

    /// What has to change so that everything is as the program made it.
    pub(crate) fn release(&self) -> Vec<Change> {
        self.regions
            .values()
            .map(|region| Change { start: region.start, len: region.len, protection: region.protection })
            .collect()
    }
}

/// Whether more was found to be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Growth {
    None,
    Some,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: TaskId = TaskId(0);
    const ONE: TaskId = TaskId(1);
    const TWO: TaskId = TaskId(2);
    const HEAP: u64 = 0x10_0000;
    const BOTH: i32 = libc::PROT_READ | libc::PROT_WRITE;

    fn two_threads() -> Private {
        let mut private = Private::new(7, MAIN, 0x50_0000);
        private.add(MAIN, HEAP, 4 * PAGE, BOTH);
        private.start(MAIN, ONE, None, None);
        private.start(MAIN, TWO, None, None);
        private
    }

    #[track_caller]
    fn check(private: &mut Private, shared: &mut Shared, task: TaskId, manner: Manner, expected: (Met, Growth)) {
        assert_eq!(private.meet(task, HEAP + 8, 8, manner, shared), expected);
    }

    #[test]
    fn what_was_made_before_the_threads_is_free_to_the_first_that_comes() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        assert!(private.is_free(ONE, HEAP, Manner::Writes));
        assert!(!private.is_free(TWO, HEAP, Manner::Reads));
    }

    #[test]
    fn a_page_that_two_threads_meet_is_watched_and_its_words_are_learned_the_next_time() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Quiet, Growth::Some));
        assert!(shared.words.is_empty());
        let mut private = two_threads();
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Quiet, Growth::None));
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Quiet, Growth::Some));
        let mut private = two_threads();
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Shared, Growth::None));
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Shared, Growth::None));
    }

    #[test]
    fn what_is_only_read_is_nobodys() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, ONE, Manner::Reads, (Met::Own, Growth::None));
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Own, Growth::None));
        check(&mut private, &mut shared, MAIN, Manner::Reads, (Met::Own, Growth::None));
        check(&mut private, &mut shared, MAIN, Manner::Writes, (Met::Quiet, Growth::Some));
    }

    #[test]
    fn who_has_joined_a_thread_may_have_what_it_had() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        private.join(MAIN, ONE);
        check(&mut private, &mut shared, MAIN, Manner::Reads, (Met::Own, Growth::None));
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Quiet, Growth::Some));
    }

    #[test]
    fn what_the_maker_writes_after_it_made_a_thread_has_no_order_with_it() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, MAIN, Manner::Writes, (Met::Own, Growth::None));
        check(&mut private, &mut shared, ONE, Manner::Reads, (Met::Quiet, Growth::Some));
    }

    #[test]
    fn a_write_that_a_third_thread_has_not_seen_is_not_forgotten() {
        let mut private = Private::new(7, MAIN, 0x50_0000);
        private.add(MAIN, HEAP, PAGE, BOTH);
        private.start(MAIN, ONE, None, None);
        let mut shared = Shared::default();
        check(&mut private, &mut shared, MAIN, Manner::Writes, (Met::Own, Growth::None));
        private.start(MAIN, TWO, None, None);
        check(&mut private, &mut shared, TWO, Manner::Reads, (Met::Own, Growth::None));
        check(&mut private, &mut shared, ONE, Manner::Reads, (Met::Quiet, Growth::Some));
    }

    #[test]
    fn what_was_met_is_known_as_soon_as_nothing_is_open_as_a_whole() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        assert_eq!(private.met(), None);
        private.changes_for(ONE);
        assert_eq!(private.met(), Some(vec![]));
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        assert_eq!(private.met(), Some(vec![HEAP]));
    }

    #[test]
    fn pages_are_opened_for_who_runs_and_closed_for_the_others() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        let closed = Change { start: HEAP, len: 4 * PAGE, protection: libc::PROT_NONE };
        assert_eq!(private.changes_for(ONE), [closed]);
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        assert_eq!(private.changes_for(ONE), [Change { start: HEAP, len: PAGE, protection: BOTH }]);
        assert_eq!(private.changes_for(TWO), [Change { start: HEAP, len: PAGE, protection: libc::PROT_NONE }]);
        assert_eq!(private.changes_for(ONE), [Change { start: HEAP, len: PAGE, protection: BOTH }]);
    }

    #[test]
    fn memory_that_goes_away_takes_its_pages_along() {
        let (mut private, mut shared) = (two_threads(), Shared::default());
        check(&mut private, &mut shared, ONE, Manner::Writes, (Met::Own, Growth::None));
        private.remove(HEAP, PAGE);
        assert!(!private.holds(HEAP));
        assert!(private.holds(HEAP + PAGE));
        assert!(!private.is_free(ONE, HEAP, Manner::Writes));
    }
}
