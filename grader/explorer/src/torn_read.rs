//! Torn reads: a task saw one part of what another one writes in several accesses, and not the
//! rest of it.

use std::collections::HashMap;

use crate::changes::{Byte, Changes, bytes};
use crate::places::Places;
use crate::{AccessKind, Action, Execution, Step, TaskId};

/// A torn read; all numbers are indices of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornRead {
    /// Who read.
    pub reader: TaskId,
    /// Whose write it saw in part.
    pub writer: TaskId,
    /// The load that saw the write of one place.
    pub saw: usize,
    /// The write that it saw.
    pub seen: usize,
    /// The load that came before the write of the other place; the same as `saw` where one
    /// access read both.
    pub missed: usize,
    /// The write that it came before.
    pub unseen: usize,
}

impl TornRead {
    /// The steps that show it, in order, each once.
    pub fn steps(&self) -> Vec<usize> {
        let mut steps = vec![self.saw, self.seen, self.missed, self.unseen];
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// At most so many loads of a reader, and changes of a writer, may belong together.
const TOGETHER: usize = 4;

/// One load of a task.
#[derive(Clone, Copy)]
struct Look {
    index: usize,
    byte: Byte,
    /// The change that it saw.
    seen: Option<usize>,
    /// The change that it came before.
    unseen: Option<usize>,
}

/// Finds every torn read in places that are not used to take turns, and then, if there are
/// none, in all places; in the order of the last load.
pub(crate) fn torn_reads(execution: &Execution) -> Vec<TornRead> {
    let steps = &execution.steps;
    let data = Places::without_locks(steps);
    let found = find(steps, &data);
    if found.is_empty() { find(steps, &Places::default()) } else { found }
}

fn find(steps: &[Step], places: &Places) -> Vec<TornRead> {
    let changes = Changes::of(steps);
    let writers = Writers::of(steps, places);
    let mut looks: HashMap<TaskId, Vec<Look>> = HashMap::new();
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Action::Access(access) = &step.action else { continue };
        if access.kind != AccessKind::Load || places.skips(access.location) {
            continue;
        }
        // Neighbouring bytes with the same history are one place.
        let mut here: Vec<Look> = Vec::new();
        for byte in bytes(access) {
            let look = Look { index, byte, seen: changes.before(byte, index), unseen: changes.after(byte, index) };
            if here.last().is_none_or(|last| (last.seen, last.unseen) != (look.seen, look.unseen)) {
                here.push(look);
            }
        }
        let before = looks.entry(step.task).or_default();
        // The place is looked at again: what it held before does not count any more.
        before.retain(|known| here.iter().all(|look| look.byte != known.byte));
        for look in here {
            let torn = before.iter().rev().find_map(|other| {
                let pairs = [(look, *other), (*other, look)];
                pairs.into_iter().find_map(|(saw, missed)| writers.torn(steps, &changes, step.task, saw, missed))
            });
            found.extend(torn);
            before.push(look);
        }
        let surplus = before.len().saturating_sub(TOGETHER);
        before.drain(..surplus);
    }
    found
}

/// What each task changes, in order.
struct Writers {
    /// The number of each changing step among those of its task.
    numbers: HashMap<usize, usize>,
    /// When a task first changed a byte.
    first: HashMap<(TaskId, Byte), usize>,
}

impl Writers {
    fn of(steps: &[Step], places: &Places) -> Writers {
        let mut counts: HashMap<TaskId, usize> = HashMap::new();
        let mut writers = Writers { numbers: HashMap::new(), first: HashMap::new() };
        for (index, step) in steps.iter().enumerate() {
            if let Action::Access(access) = &step.action
                && access.changed()
                && !places.skips(access.location)
            {
                let count = counts.entry(step.task).or_default();
                *count += 1;
                writers.numbers.insert(index, *count);
                for byte in bytes(access) {
                    writers.first.entry((step.task, byte)).or_insert(index);
                }
            }
        }
        writers
    }

    /// Whether a task saw the one and missed the other of two changes that belong together:
    /// made by one task, one soon after the other, in the order in which that task first
    /// changed these two places. (The end of one such pair and the beginning of the next
    /// follow each other too, in the other order; what lies between them is whole.)
    fn torn(&self, steps: &[Step], changes: &Changes, reader: TaskId, saw: Look, missed: Look) -> Option<TornRead> {
        let (seen, unseen) = (saw.seen?, missed.unseen?);
        let writer = steps.get(seen)?.task;
        if writer == reader || steps.get(unseen)?.task != writer || seen == unseen {
            return None;
        }
        let (one, other) = (self.numbers.get(&seen)?, self.numbers.get(&unseen)?);
        if one.abs_diff(*other) >= TOGETHER {
            return None;
        }
        let first = |byte: Byte| self.first.get(&(writer, byte)).copied();
        let (first_seen, first_unseen) = (first(saw.byte)?, first(missed.byte)?);
        let in_order = (seen < unseen) == (first_seen < first_unseen) && first_seen != first_unseen;
        // Neither place was written in between: the two belong to the same whole.
        let (earlier, later) = if seen < unseen { (saw.byte, missed.byte) } else { (missed.byte, saw.byte) };
        let (start, end) = (seen.min(unseen), seen.max(unseen));
        let same_whole = changes.after(later, start) == Some(end) && changes.before(earlier, end) == Some(start);
        (in_order && same_whole).then_some(TornRead {
            reader,
            writer,
            saw: saw.index,
            seen,
            missed: missed.index,
            unseen,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, execution, load, store, update};

    /// Expects the steps of the first torn read.
    #[track_caller]
    fn check(steps: Vec<Step>, expected: Option<&[usize]>) {
        let found = torn_reads(&execution(steps));
        assert_eq!(found.first().map(TornRead::steps).as_deref(), expected);
    }

    #[test]
    fn a_reader_between_two_halves_sees_half() {
        check(vec![store(1, 0, 0, 10), load(2, 0, 10), load(2, 1, 0), store(1, 1, 0, 1)], Some(&[0, 1, 2, 3]));
    }

    #[test]
    fn a_writer_between_two_looks_tears_them_too() {
        check(vec![load(2, 0, 0), store(1, 0, 0, 10), store(1, 1, 0, 1), load(2, 1, 1)], Some(&[0, 1, 2, 3]));
    }

    #[test]
    fn a_whole_is_not_torn() {
        check(vec![store(1, 0, 0, 10), store(1, 1, 0, 1), load(2, 0, 10), load(2, 1, 1)], None);
        check(vec![load(2, 0, 0), load(2, 1, 0), store(1, 0, 0, 10), store(1, 1, 0, 1)], None);
    }

    #[test]
    fn between_one_write_and_the_next_all_is_whole() {
        let writes = [store(1, 0, 0, 10), store(1, 1, 0, 1)];
        let looks = [load(2, 0, 10), load(2, 1, 1)];
        let again = [store(1, 0, 10, 20), store(1, 1, 1, 2)];
        check([&writes[..], &looks, &again].concat(), None);
    }

    #[test]
    fn a_second_look_makes_up_for_the_first() {
        // The flag is not set, and then it is: the data belong to the second look.
        check(vec![load(2, 1, 0), store(1, 0, 0, 7), store(1, 1, 0, 1), load(2, 1, 1), load(2, 0, 7)], None);
    }

    #[test]
    fn ones_own_writes_are_no_half() {
        check(vec![store(1, 0, 0, 10), load(1, 0, 10), load(1, 1, 0), store(1, 1, 0, 1)], None);
    }

    #[test]
    fn atomic_halves_are_halves_where_nothing_else_is_torn() {
        check(vec![update(1, 0, 0, 10), load(2, 0, 10), load(2, 1, 0), update(1, 1, 0, 1)], Some(&[0, 1, 2, 3]));
    }

    #[test]
    fn one_wide_load_can_be_torn() {
        let mut wide = at(99, load(2, 0, 10));
        if let Action::Access(access) = &mut wide.action {
            access.size = 16;
        }
        check(vec![store(1, 0, 0, 10), wide, store(1, 1, 0, 1)], Some(&[0, 1, 2]));
    }
}
