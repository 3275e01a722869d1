//! Store buffers: the stores of each task that have not come to memory yet, in order. Never
//! touches memory, and decides nothing.

use std::collections::{BTreeMap, VecDeque};

use explorer::{Frame, Location, ObjectId, TaskId};

/// Where a store goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To memory, where all see it.
    Memory,
    /// Into its task's buffer.
    Buffer,
}

/// Bytes of an object that tasks share, whatever their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Home {
    pub(crate) object: ObjectId,
    /// The first byte within it.
    pub(crate) first: u64,
}

/// A store that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delayed {
    pub(crate) home: Home,
    /// What it writes.
    pub(crate) bytes: Vec<u8>,
    /// Where its task knows the place.
    pub(crate) address: u64,
    /// What the place is called.
    pub(crate) location: Location,
    /// Which instruction made it, reached by which calls.
    pub(crate) place: u64,
    /// The call stack then, where it is recorded.
    pub(crate) frames: Vec<Frame>,
}

/// What a task's own stores say of what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forwarded {
    /// Nothing: memory answers.
    Nothing,
    /// All of it.
    Whole,
    /// A part of it: the processor waits until the buffer is empty.
    Part,
}

/// The buffers of all tasks. Those that are empty are not kept.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    queues: BTreeMap<TaskId, VecDeque<Delayed>>,
}

impl Buffers {
    /// Whether a store of `task` waits.
    pub(crate) fn holds(&self, task: TaskId) -> bool {
        !self.queues.is_empty() && self.queues.contains_key(&task)
    }

    /// Those of whom a store waits, in the order of their numbers.
    pub(crate) fn owners(&self) -> Vec<TaskId> {
        self.queues.keys().copied().collect()
    }

    /// Each task's oldest store, in the order of their numbers.
    pub(crate) fn oldest(&self) -> impl DoubleEndedIterator<Item = (TaskId, &Delayed)> {
        self.queues.iter().filter_map(|(task, queue)| Some((*task, queue.front()?)))
    }

    /// Everything that waits, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (TaskId, Home, &[u8])> {
        self.queues
            .iter()
            .flat_map(|(task, queue)| queue.iter().map(|delayed| (*task, delayed.home, &delayed.bytes[..])))
    }

    /// Another store of `task`, behind those that wait.
    pub(crate) fn push(&mut self, task: TaskId, delayed: Delayed) {
        self.queues.entry(task).or_default().push_back(delayed);
    }

    /// Takes the oldest store of `task` out.
    pub(crate) fn take_oldest(&mut self, task: TaskId) -> Option<Delayed> {
        let queue = self.queues.get_mut(&task)?;
        let oldest = queue.pop_front();
        if queue.is_empty() {
            self.queues.remove(&task);
        }
        oldest
    }

    /// What `task` reads at `home`: puts it into `bytes` if its newest store there says all of it.
    pub(crate) fn forward(&self, task: TaskId, home: Home, bytes: &mut [u8]) -> Forwarded {
        let Some(queue) = self.queues.get(&task) else { return Forwarded::Nothing };
        let end = home.first + bytes.len() as u64;
        let newest = queue.iter().rfind(|delayed| {
            let first = delayed.home.first;
            delayed.home.object == home.object && first < end && home.first < first + delayed.bytes.len() as u64
        });
        let Some(newest) = newest else { return Forwarded::Nothing };
        let within = home.first.checked_sub(newest.home.first).and_then(|skipped| {
            let skipped = usize::try_from(skipped).ok()?;
            newest.bytes.get(skipped..skipped + bytes.len())
        });
        match within {
            Some(own) => {
                bytes.copy_from_slice(own);
                Forwarded::Whole
            }
            None => Forwarded::Part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: TaskId = TaskId(1);
    const OBJECT: ObjectId = ObjectId(7);

    fn store(first: u64, bytes: &[u8]) -> Delayed {
        let location = Location { object: OBJECT, word: first / 8 };
        let home = Home { object: OBJECT, first };
        Delayed { home, bytes: bytes.to_vec(), address: 0x1000 + first, location, place: first, frames: Vec::new() }
    }

    /// What reading `len` bytes at `first` brings behind these stores.
    fn check(stores: &[(u64, &[u8])], first: u64, len: usize, expected: (Forwarded, &[u8])) {
        let mut buffers = Buffers::default();
        for (first, bytes) in stores {
            buffers.push(TASK, store(*first, bytes));
        }
        let mut read = vec![0; len];
        let forwarded = buffers.forward(TASK, Home { object: OBJECT, first }, &mut read);
        assert_eq!((forwarded, &read[..]), expected);
    }

    #[test]
    fn stores_leave_in_the_order_in_which_they_came() {
        let mut buffers = Buffers::default();
        assert!(!buffers.holds(TASK));
        for first in [8, 0] {
            buffers.push(TASK, store(first, &[1]));
        }
        assert_eq!(buffers.owners(), [TASK]);
        assert_eq!(buffers.oldest().next().map(|(_, oldest)| oldest.home.first), Some(8));
        let left = [(); 3].map(|()| buffers.take_oldest(TASK).map(|delayed| delayed.home.first));
        assert_eq!(left, [Some(8), Some(0), None]);
        assert!(!buffers.holds(TASK) && buffers.all().next().is_none());
    }

    #[test]
    fn the_newest_store_answers_a_load() {
        check(&[(0, &[1, 2, 3, 4]), (0, &[5, 6, 7, 8])], 0, 4, (Forwarded::Whole, &[5, 6, 7, 8]));
        check(&[(0, &[1, 2, 3, 4])], 1, 2, (Forwarded::Whole, &[2, 3]));
    }

    #[test]
    fn a_load_beside_all_stores_is_answered_by_memory() {
        check(&[(0, &[1, 2])], 2, 2, (Forwarded::Nothing, &[0, 0]));
        let mut buffers = Buffers::default();
        buffers.push(TASK, store(0, &[1]));
        assert_eq!(buffers.forward(TASK, Home { object: ObjectId(8), first: 0 }, &mut [0]), Forwarded::Nothing);
    }

    #[test]
    fn others_do_not_see_what_waits() {
        let mut buffers = Buffers::default();
        buffers.push(TASK, store(0, &[1]));
        assert_eq!(buffers.forward(TaskId(2), Home { object: OBJECT, first: 0 }, &mut [0]), Forwarded::Nothing);
    }

    #[test]
    fn a_load_that_the_newest_store_answers_in_part_waits() {
        check(&[(0, &[1, 2])], 1, 2, (Forwarded::Part, &[0, 0]));
        check(&[(2, &[1, 2])], 1, 2, (Forwarded::Part, &[0, 0]));
        check(&[(0, &[1, 2, 3, 4]), (1, &[5])], 0, 4, (Forwarded::Part, &[0, 0, 0, 0]));
    }
}
