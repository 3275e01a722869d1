//! Lost updates: a task reads, another one writes, and the first writes the same place from
//! what it had read.

use std::collections::{BTreeMap, HashMap};

use crate::{Access, AccessKind, Action, Call, Execution, Location, ObjectId, Step, TaskId, Touch};

/// A lost update; the last three are indices of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostUpdate {
    /// The place: the first word of the write.
    pub location: Location,
    /// Who wrote over what it had not seen.
    pub victim: TaskId,
    /// Whose write was lost.
    pub other: TaskId,
    /// The victim's load.
    pub read: usize,
    /// The other's write.
    pub overwritten: usize,
    /// The victim's write.
    pub write: usize,
}

/// Finds the lost update that best explains a wrong result: rather one of data than of a lock,
/// and of those the first.
///
/// A store loses an update when its task has read the place before and neither read nor written
/// it since, when another task has changed it after that read, when what it finds there is not
/// what it had read, and when it writes something else than that. So a store of a task that
/// never looked is none (it sets, it does not update), nor is one that puts back what it read.
///
/// Some languages read a place once more when they write it (CPython's `ctypes` does, whose
/// `value += 1` is a read, and then a read and a write). The second read has seen the other's
/// change, and what was made of it came from the first. Such a store loses an update when the
/// other made the same of the same: it changes nothing, though another place in the code had read
/// what the other's change began with.
pub fn find_lost_update(execution: &Execution) -> Option<LostUpdate> {
    let steps = &execution.steps;
    let kinds = Kinds::new(steps);
    let mut memory = Memory::default();
    let mut best: Option<(Kind, LostUpdate)> = None;
    for (index, step) in steps.iter().enumerate() {
        let Some(access) = step.action.data() else {
            memory.call(step);
            continue;
        };
        let again = || memory.made_again(steps, index, access).filter(|_| kinds.of(access) == Kind::Data);
        if let Some(lost) = memory.lost(steps, index, step.task, access).or_else(again) {
            let kind = kinds.of(access);
            if best.as_ref().is_none_or(|(known, _)| kind < *known) {
                best = Some((kind, lost));
            }
        }
        memory.access(steps, index, access);
    }
    best.map(|(_, lost)| lost)
}

/// One byte of a shared object.
type Byte = (ObjectId, u64);

/// Who has seen and written what, byte by byte.
#[derive(Debug, Default)]
struct Memory {
    /// The last access that changed something, to a range with this byte in it.
    changed: HashMap<Byte, usize>,
    /// The last load of a task, unless it wrote there since.
    read: HashMap<(TaskId, Byte), usize>,
    /// The last one before it from another place in the code, unless it wrote there since.
    earlier: HashMap<(TaskId, Byte), usize>,
}

impl Memory {
    /// Whether this access loses an update.
    fn lost(&self, steps: &[Step], index: usize, victim: TaskId, access: &Access) -> Option<LostUpdate> {
        // What an exchange reads may go unused: it is a store as well.
        if !matches!(access.kind, AccessKind::Store | AccessKind::Exchange) {
            return None;
        }
        let stale = |byte: &Byte| {
            let read = *self.read.get(&(victim, *byte))?;
            let changed = *self.changed.get(byte)?;
            (changed > read && steps[changed].task != victim).then_some((changed, read))
        };
        // The last change explains what the store found there.
        let (overwritten, read) = bytes(access).filter_map(|byte| stale(&byte)).max()?;
        let had_read = self.access_of(steps, read)?;
        let differs = |value: fn(&Access) -> u128| {
            bytes(access).any(|byte| {
                match (byte_of(access, value(access), byte), byte_of(had_read, had_read.after, byte)) {
                    (Some(one), Some(other)) => one != other,
                    (_, _) => false,
                }
            })
        };
        if !differs(|access| access.before) || !differs(|access| access.after) {
            return None;
        }
        let other = steps[overwritten].task;
        Some(LostUpdate { location: access.location, victim, other, read, overwritten, write: index })
    }

    /// Whether this access makes what another task has made of the same already, after a second
    /// read.
    fn made_again(&self, steps: &[Step], index: usize, access: &Access) -> Option<LostUpdate> {
        if access.kind != AccessKind::Store || access.changed() {
            return None;
        }
        let victim = steps[index].task;
        let byte = bytes(access).next()?;
        let (read, overwritten) = (*self.earlier.get(&(victim, byte))?, *self.changed.get(&byte)?);
        let (had_read, theirs) = (self.access_of(steps, read)?, self.access_of(steps, overwritten)?);
        let other = steps[overwritten].task;
        let range = |access: &Access| (access.location, access.offset, access.size);
        let same = range(had_read) == range(access) && range(theirs) == range(access);
        let made = (had_read.after, access.after) == (theirs.before, theirs.after);
        let found = LostUpdate { location: access.location, victim, other, read, overwritten, write: index };
        (same && made && other != victim && overwritten > read).then_some(found)
    }

    fn access_of<'a>(&self, steps: &'a [Step], index: usize) -> Option<&'a Access> {
        steps.get(index)?.action.data()
    }

    fn access(&mut self, steps: &[Step], index: usize, access: &Access) {
        let Step { task, code, .. } = steps[index];
        for byte in bytes(access) {
            let key = (task, byte);
            match access.kind {
                AccessKind::Load => {
                    if let Some(before) = self.read.insert(key, index).filter(|before| steps[*before].code != code) {
                        self.earlier.insert(key, before);
                    }
                }
                AccessKind::Update | AccessKind::Exchange => {
                    self.read.insert(key, index);
                    self.earlier.remove(&key);
                }
                AccessKind::Store => {
                    self.read.remove(&key);
                    self.earlier.remove(&key);
                }
            }
            if access.changed() {
                self.changed.insert(byte, index);
            }
        }
    }

    /// A system call has touched memory, or something else: its task has seen what is there.
    fn call(&mut self, step: &Step) {
        for touch in &step.touched {
            let (Touch::Read(place) | Touch::Write(place)) = *touch;
            self.forget(place, step.task);
        }
    }

    fn forget(&mut self, place: Location, task: TaskId) {
        for offset in 0..8 {
            let key = (task, (place.object, place.word.saturating_mul(8).saturating_add(offset)));
            self.read.remove(&key);
            self.earlier.remove(&key);
        }
    }
}

fn bytes(access: &Access) -> impl Iterator<Item = Byte> + use<> {
    let (object, offset) = (access.location.object, access.offset);
    (0..u64::from(access.size)).map(move |index| (object, offset.saturating_add(index)))
}

fn word((object, offset): Byte) -> Location {
    Location { object, word: offset / 8 }
}

/// The byte there of a value of that access, if it is one of those that are known.
fn byte_of(access: &Access, value: u128, (_, offset): Byte) -> Option<u8> {
    let index = usize::try_from(offset.checked_sub(access.offset)?).ok()?;
    (index < access.size as usize).then(|| value.to_le_bytes().get(index).copied()).flatten()
}

/// What a place looks to be used for; the first is the best explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Data,
    /// It comes back to the value it had at first, as a lock does that is taken and released.
    Returning,
    /// Some instruction reads and writes it at once.
    Updated,
    /// Tasks sleep on it.
    Futex,
}

/// The kinds of all words.
#[derive(Debug, Default)]
struct Kinds {
    words: BTreeMap<Location, Kind>,
}

impl Kinds {
    fn new(steps: &[Step]) -> Kinds {
        let mut kinds = Kinds::default();
        // For each range of bytes: what was there at first.
        let mut first: HashMap<(ObjectId, u64, u32), u128> = HashMap::new();
        for step in steps {
            match &step.action {
                Action::Access(access) | Action::Call(Call::File(access)) => {
                    if access.kind == AccessKind::Update {
                        kinds.raise(access.location, Kind::Updated);
                    }
                    let range = (access.location.object, access.offset, access.size);
                    let before = *first.entry(range).or_insert(access.before);
                    if access.changed() && access.after == before {
                        kinds.raise(access.location, Kind::Returning);
                    }
                }
                Action::Call(Call::FutexWait { location } | Call::FutexWake { location, .. }) => {
                    kinds.raise(*location, Kind::Futex);
                }
                Action::Call(_) => {}
            }
        }
        kinds
    }

    fn raise(&mut self, place: Location, kind: Kind) {
        let known = self.words.entry(place).or_insert(kind);
        *known = kind.max(*known);
    }

    fn of(&self, access: &Access) -> Kind {
        let words = bytes(access).map(word).filter_map(|word| self.words.get(&word)).copied();
        words.max().unwrap_or(Kind::Data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeAddress, Ending};

    const OBJECT: ObjectId = ObjectId(7);

    /// Who, how, the first byte, the number of bytes, the value before and after.
    type Line = (u32, AccessKind, u64, u32, u128, u128);

    use AccessKind::{Load, Store, Update};

    fn step(&(task, kind, offset, size, before, after): &Line) -> Step {
        let location = Location { object: OBJECT, word: offset / 8 };
        let access = Access { location, offset, size, kind, before, after };
        let touch = if kind == Load { Touch::Read(location) } else { Touch::Write(location) };
        let action = Action::Access(access);
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action, touched: vec![touch] }
    }

    fn execution(steps: Vec<Step>) -> Execution {
        Execution {
            steps,
            ending: Ending::Ended,
            leftovers: Vec::new(),
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            rehearsal: false,
            unmade: Vec::new(),
            shared: crate::Shared::default(),
        }
    }

    /// Expects the indices of the read, of the write that is lost, and of the victim's write.
    fn check(lines: &[Line], expected: Option<(usize, usize, usize)>) {
        let found = find_lost_update(&execution(lines.iter().map(step).collect()));
        assert_eq!(found.map(|lost| (lost.read, lost.overwritten, lost.write)), expected);
        if let (Some(lost), Some((read, overwritten, _))) = (found, expected) {
            assert_eq!(lost.victim.0, lines[read].0);
            assert_eq!(lost.other.0, lines[overwritten].0);
        }
    }

    #[test]
    fn a_deposit_over_one_that_was_not_seen_is_a_lost_update() {
        check(
            &[(1, Load, 0, 8, 0, 0), (2, Load, 0, 8, 0, 0), (1, Store, 0, 8, 0, 10), (2, Store, 0, 8, 10, 10)],
            Some((1, 2, 3)),
        );
        check(
            &[(1, Load, 0, 8, 5, 5), (2, Update, 0, 8, 5, 6), (2, Update, 0, 8, 6, 7), (1, Store, 0, 8, 7, 6)],
            Some((0, 2, 3)),
        );
    }

    #[test]
    fn what_has_been_seen_is_not_lost() {
        check(
            &[(1, Load, 0, 8, 0, 0), (1, Store, 0, 8, 0, 10), (2, Load, 0, 8, 10, 10), (2, Store, 0, 8, 10, 20)],
            None,
        );
        check(
            &[(1, Load, 0, 8, 0, 0), (2, Store, 0, 8, 0, 10), (1, Load, 0, 8, 10, 10), (1, Store, 0, 8, 10, 20)],
            None,
        );
        check(&[(1, Load, 0, 8, 0, 0), (2, Store, 0, 8, 0, 1), (1, Update, 0, 8, 1, 2), (1, Store, 0, 8, 2, 3)], None);
    }

    #[test]
    fn to_set_is_not_to_update() {
        check(&[(2, Store, 0, 8, 0, 1), (1, Store, 0, 8, 1, 2)], None);
        // It looked, wrote, and later writes without another look.
        check(&[(1, Load, 0, 8, 0, 0), (1, Store, 0, 8, 0, 1), (2, Store, 0, 8, 1, 0), (1, Store, 0, 8, 0, 1)], None);
    }

    #[test]
    fn nothing_is_lost_where_nothing_differs() {
        // There and back: the place is as it was read.
        check(&[(1, Load, 0, 8, 0, 0), (2, Store, 0, 8, 0, 9), (2, Store, 0, 8, 9, 0), (1, Store, 0, 8, 0, 1)], None);
        // Whose turn it is, in Peterson's lock: each gives it away, without a look.
        check(&[(1, Load, 0, 8, 1, 1), (2, Store, 0, 8, 1, 0), (1, Store, 0, 8, 0, 1)], None);
        check(&[(1, Load, 0, 8, 0, 0), (2, Store, 0, 8, 0, 0), (1, Store, 0, 8, 0, 1)], None);
    }

    #[test]
    fn what_was_made_of_an_earlier_read_is_lost_though_the_place_was_read_again() {
        let lines: [Line; 5] = [
            (1, Load, 0, 4, 0, 0),
            (2, Load, 0, 4, 0, 0),
            (2, Store, 0, 4, 0, 1),
            (1, Load, 0, 4, 1, 1),
            (1, Store, 0, 4, 1, 1),
        ];
        let again = |second: u64, made: u128| {
            let mut steps: Vec<Step> = lines.iter().map(step).collect();
            steps[3].code = CodeAddress(second);
            let Action::Access(access) = &mut steps[4].action else { return None };
            access.after = made;
            find_lost_update(&execution(steps)).map(|lost| (lost.read, lost.overwritten, lost.write))
        };
        assert_eq!(again(9, 1), Some((0, 2, 4)));
        // of what it read the second time
        assert_eq!(again(9, 2), None);
        // a loop that looked again
        assert_eq!(again(0, 1), None);
    }

    #[test]
    fn neighbours_in_a_word_do_not_overwrite_each_other() {
        check(&[(1, Load, 0, 4, 0, 0), (2, Store, 4, 4, 0, 9), (1, Store, 0, 4, 0, 1)], None);
        check(&[(1, Load, 0, 8, 0, 0), (2, Store, 4, 4, 0, 9), (1, Store, 0, 8, 9 << 32, 1)], Some((0, 1, 2)));
        check(&[(1, Load, 0, 8, 0, 0), (2, Store, 4, 4, 0, 9), (1, Store, 0, 4, 0, 1)], None);
    }

    #[test]
    fn data_explain_better_than_locks() {
        // A look at the lock, then taking it: both do, and then both update.
        let broken = [
            (1, Load, 8, 4, 0, 0),
            (2, Load, 8, 4, 0, 0),
            (1, Store, 8, 4, 0, 1),
            (2, Store, 8, 4, 1, 1),
            (1, Load, 0, 8, 0, 0),
            (2, Load, 0, 8, 0, 0),
            (1, Store, 0, 8, 0, 10),
            (2, Store, 0, 8, 10, 10),
            (1, Store, 8, 4, 1, 0),
        ];
        check(&broken, Some((5, 6, 7)));
        check(
            &[
                (1, Update, 8, 4, 0, 1),
                (1, Load, 8, 4, 1, 1),
                (2, Update, 8, 4, 1, 2),
                (1, Store, 8, 4, 2, 7),
                (1, Load, 0, 8, 0, 0),
                (2, Store, 0, 8, 0, 3),
                (1, Store, 0, 8, 3, 4),
            ],
            Some((4, 5, 6)),
        );
    }

    #[test]
    fn a_call_that_looks_at_memory_has_seen_it() {
        let location = Location { object: OBJECT, word: 0 };
        let call = |task, touch| Step {
            task: TaskId(task),
            code: CodeAddress(0),
            frames: Vec::new(),
            action: Action::Call(Call::Other { name: "write" }),
            touched: vec![touch],
        };
        let lines: [Line; 3] = [(1, Load, 0, 8, 0, 0), (2, Store, 0, 8, 0, 9), (1, Store, 0, 8, 9, 1)];
        for touch in [Touch::Read(location), Touch::Write(location)] {
            for (task, found) in [(1, false), (3, true)] {
                let mut steps: Vec<Step> = lines.iter().map(step).collect();
                steps.insert(2, call(task, touch));
                assert_eq!(find_lost_update(&execution(steps)).is_some(), found);
            }
        }
    }
}
