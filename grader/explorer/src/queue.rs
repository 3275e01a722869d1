//! The schedules that are still to be tried, in the order of their trial.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::Bounds;
use crate::likely::Promise;
use crate::schedule::Path;

/// At most so many promising schedules come before those with fewer preemptions: of those that
/// part something for the first time, and of those that part it again.
const AHEAD: [usize; 2] = [60, 60];

/// Schedules by their preemptions, and among those with equally many by their promise.
///
/// It holds no more of each number of preemptions than could still be tried.
#[derive(Debug)]
pub(crate) struct Queue {
    bounds: Bounds,
    /// Promising schedules; a lock that fails needs two preemptions to be shown to.
    ahead: BTreeMap<(Promise, u32), VecDeque<Arc<Path>>>,
    gone_ahead: [usize; 2],
    levels: BTreeMap<u32, Level>,
    /// The levels at which schedules were dropped.
    dropped: BTreeSet<u32>,
}

/// The schedules with equally many preemptions; none of the lists is empty.
#[derive(Debug, Default)]
struct Level {
    size: usize,
    schedules: BTreeMap<Promise, VecDeque<Arc<Path>>>,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Queue {
        Queue { bounds, ahead: BTreeMap::new(), gone_ahead: [0; 2], levels: BTreeMap::new(), dropped: BTreeSet::new() }
    }

    /// Whether a schedule with so many preemptions is within the bounds. Asking means that
    /// there is one.
    pub(crate) fn admits(&mut self, preemptions: u32) -> bool {
        let admits = preemptions <= self.bounds.preemptions;
        if !admits {
            self.dropped.insert(preemptions);
        }
        admits
    }

    /// There was a schedule with so many preemptions that nobody noted.
    pub(crate) fn omit(&mut self, preemptions: u32) {
        self.dropped.insert(preemptions);
    }

    /// Adds a schedule.
    pub(crate) fn push(&mut self, preemptions: u32, promise: Promise, path: Arc<Path>) {
        let kind = match promise {
            Promise::Parts(times, _) if preemptions <= 2 => Some(usize::from(times > 0)),
            Promise::Parts(..) | Promise::Plain(_) => None,
        };
        if let Some(kind) = kind.filter(|kind| self.gone_ahead[*kind] < AHEAD[*kind]) {
            self.gone_ahead[kind] += 1;
            self.ahead.entry((promise, preemptions)).or_default().push_back(path);
            return;
        }
        let level = self.levels.entry(preemptions).or_default();
        level.schedules.entry(promise).or_default().push_back(path);
        level.size += 1;
        let most = usize::try_from(self.bounds.executions).unwrap_or(usize::MAX);
        if level.size > most {
            level.size -= 1;
            if let Some(mut least) = level.schedules.last_entry() {
                least.get_mut().pop_back();
                if least.get().is_empty() {
                    least.remove();
                }
            }
            self.dropped.insert(preemptions);
        }
    }

    /// The next schedule to try.
    pub(crate) fn pop(&mut self) -> Option<Arc<Path>> {
        if let Some(path) = take_first(&mut self.ahead) {
            return Some(path);
        }
        let mut first = self.levels.first_entry()?;
        let path = take_first(&mut first.get_mut().schedules);
        first.get_mut().size -= 1;
        if first.get().size == 0 {
            first.remove();
        }
        path
    }

    /// The fewest preemptions of a schedule that is still to be tried or was dropped.
    pub(crate) fn lowest(&self) -> Option<u32> {
        let ahead = self.ahead.keys().map(|(_, preemptions)| *preemptions).min();
        let level = self.levels.keys().next().copied();
        let dropped = self.dropped.first().copied();
        [ahead, level, dropped].into_iter().flatten().min()
    }
}

fn take_first<K: Ord>(lists: &mut BTreeMap<K, VecDeque<Arc<Path>>>) -> Option<Arc<Path>> {
    let mut first = lists.first_entry()?;
    let path = first.get_mut().pop_front();
    if first.get().is_empty() {
        first.remove();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::likely::Parted;
    use crate::{Choice, TaskId};

    fn path(point: u64) -> Arc<Path> {
        Path::then(None, Choice::plain(point, TaskId(0)))
    }

    fn points(queue: &mut Queue) -> Vec<u64> {
        std::iter::from_fn(|| queue.pop()).map(|path| Path::choices(Some(&path))[0].point).collect()
    }

    #[test]
    fn promising_ones_come_first_and_then_those_with_few_preemptions() {
        let mut queue = Queue::new(Bounds { preemptions: 3, executions: 9 });
        queue.push(3, Promise::Parts(0, Parted::Update), path(5));
        queue.push(1, Promise::Plain(1), path(4));
        queue.push(1, Promise::Plain(0), path(3));
        queue.push(0, Promise::Plain(0), path(2));
        queue.push(1, Promise::Parts(0, Parted::Pair), path(1));
        queue.push(1, Promise::Parts(0, Parted::Update), path(0));
        assert_eq!(queue.lowest(), Some(0));
        assert_eq!(points(&mut queue), [0, 1, 2, 3, 4, 5]);
        assert_eq!(queue.lowest(), None);
    }

    #[test]
    fn what_cannot_be_tried_any_more_is_dropped_and_not_forgotten() {
        let mut queue = Queue::new(Bounds { preemptions: 1, executions: 2 });
        queue.push(1, Promise::Plain(3), path(0));
        queue.push(1, Promise::Plain(2), path(1));
        queue.push(1, Promise::Plain(0), path(2));
        assert_eq!(points(&mut queue), [2, 1]);
        assert_eq!(queue.lowest(), Some(1));
        assert!(queue.admits(1));
        assert!(!Queue::new(Bounds { preemptions: 1, executions: 2 }).admits(2));
    }
}
