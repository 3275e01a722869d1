//! Who sleeps on which futex word, and who is woken: the kernel's queues, kept here since
//! nobody may sleep in the kernel.

use std::collections::VecDeque;

use explorer::{ObjectId, TaskId};

use crate::task::SpaceId;

/// What a futex word is known by: shared ones by object, private ones by address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Shared(ObjectId, u64),
    Private(SpaceId, u64),
}

#[derive(Clone, Copy, Debug)]
struct Waiter {
    task: TaskId,
    key: Key,
    bits: u32,
}

/// All sleepers, in the order in which they went to sleep.
#[derive(Debug, Default)]
pub(crate) struct Futexes {
    waiters: VecDeque<Waiter>,
}

impl Futexes {
    pub(crate) fn sleep(&mut self, task: TaskId, key: Key, bits: u32) {
        self.waiters.push_back(Waiter { task, key, bits });
    }

    /// Takes a task out of every queue: its time was up, a signal came, or it ended.
    pub(crate) fn forget(&mut self, task: TaskId) {
        self.waiters.retain(|waiter| waiter.task != task);
    }

    /// Wakes up to `count` sleepers whose bits meet `bits`, the longest asleep first.
    pub(crate) fn wake(&mut self, key: Key, count: u64, bits: u32) -> Vec<TaskId> {
        let mut woken = Vec::new();
        self.waiters.retain(|waiter| {
            let wakes = (woken.len() as u64) < count && waiter.key == key && waiter.bits & bits != 0;
            if wakes {
                woken.push(waiter.task);
            }
            !wakes
        });
        woken
    }

    /// Who has slept longest on a word.
    pub(crate) fn first(&self, key: Key) -> Option<TaskId> {
        self.waiters.iter().find(|waiter| waiter.key == key).map(|waiter| waiter.task)
    }

    /// How many sleep on a word.
    pub(crate) fn count(&self, key: Key) -> usize {
        self.waiters.iter().filter(|waiter| waiter.key == key).count()
    }

    /// Moves up to `count` sleepers from one word to another. Returns who was moved.
    pub(crate) fn requeue(&mut self, from: Key, to: Key, count: u64) -> Vec<TaskId> {
        let mut moved = Vec::new();
        for waiter in &mut self.waiters {
            if (moved.len() as u64) < count && waiter.key == from {
                waiter.key = to;
                moved.push(waiter.task);
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::{Futexes, Key};
    use explorer::{ObjectId, TaskId};

    const WORD: Key = Key::Shared(ObjectId(1), 0);
    const OTHER: Key = Key::Shared(ObjectId(1), 4);

    fn three_asleep() -> Futexes {
        let mut futexes = Futexes::default();
        futexes.sleep(TaskId(1), WORD, u32::MAX);
        futexes.sleep(TaskId(2), WORD, 2);
        futexes.sleep(TaskId(3), WORD, u32::MAX);
        futexes
    }

    #[test]
    fn the_longest_asleep_wakes_first() {
        assert_eq!(three_asleep().wake(WORD, 2, u32::MAX), [TaskId(1), TaskId(2)]);
    }

    #[test]
    fn bits_choose_who_wakes() {
        assert_eq!(three_asleep().wake(WORD, 9, 1), [TaskId(1), TaskId(3)]);
    }

    #[test]
    fn who_was_moved_wakes_at_the_other_word() {
        let mut futexes = three_asleep();
        assert_eq!(futexes.requeue(WORD, OTHER, 1), [TaskId(1)]);
        assert_eq!(futexes.wake(OTHER, 9, u32::MAX), [TaskId(1)]);
    }

    #[test]
    fn who_is_forgotten_does_not_wake() {
        let mut futexes = three_asleep();
        futexes.forget(TaskId(1));
        assert_eq!(futexes.wake(WORD, 1, u32::MAX), [TaskId(2)]);
    }
}
