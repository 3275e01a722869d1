//! What each task does with each place, over all executions: so that it is known of a moment
//! which tasks will still come to a place.
//!
//! A switch before an operation that nobody else will ever again be in conflict with can as
//! well be made after it. This is what persistent sets are for (Godefroid: Partial-order methods
//! for the verification of concurrent systems, 1996), here with what was seen in place of what
//! can be proved; a task that turns out to come to a place later than was known brings the
//! switches back that were left out. That bounds on preemptions are kept follows as for
//! contended places: the switch costs no more after the operation than before it.

use std::collections::{HashMap, HashSet};

use crate::history::TaskName;
use crate::{Action, Call, Location, Step, TaskId, Touch};

/// The last uses of places by tasks, seen in any execution.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    by_place: HashMap<Location, HashMap<TaskName, Last>>,
}

/// How many steps a task had made when it last used a place; one more than that, so that 0 is
/// for never.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    read: u32,
    write: u32,
}

/// How far each task has come at a moment of an execution.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// Steps by task. A task that has ended has made all that it ever will.
    steps: Vec<(TaskName, u32)>,
}

impl Progress {
    /// Takes note of the next step.
    pub(crate) fn pass(&mut self, step: &Step, name: impl Fn(TaskId) -> TaskName) {
        let name = name(step.task);
        let ends = match step.action {
            Action::Call(Call::End(_)) => true,
            Action::Call(_) | Action::Access(_) => false,
        };
        match self.steps.iter_mut().find(|(task, _)| *task == name) {
            Some((_, steps)) => *steps = if ends { u32::MAX } else { steps.saturating_add(1) },
            None => self.steps.push((name, if ends { u32::MAX } else { 1 })),
        }
    }

    fn of(&self, name: TaskName) -> u32 {
        self.steps.iter().find(|(task, _)| *task == name).map_or(0, |(_, steps)| *steps)
    }

    /// How much memory it takes, in the number of its tasks.
    pub(crate) fn weight(&self) -> usize {
        self.steps.len()
    }
}

impl Uses {
    /// Learns from an execution. Returns the places to which a task came later than was known,
    /// in the order of their discovery.
    pub(crate) fn learn(&mut self, steps: &[Step], name: impl Fn(TaskId) -> TaskName) -> Vec<Location> {
        let mut made: HashMap<TaskId, (TaskName, u32)> = HashMap::new();
        let mut found = Vec::new();
        let mut once = HashSet::new();
        for step in steps {
            let (name, count) = made.entry(step.task).or_insert_with(|| (name(step.task), 0));
            *count += 1;
            for touch in &step.touched {
                let (place, writes) = match *touch {
                    Touch::Read(place) => (place, false),
                    Touch::Write(place) => (place, true),
                };
                let last = self.by_place.entry(place).or_default().entry(*name).or_default();
                let last = if writes { &mut last.write } else { &mut last.read };
                if *last < *count {
                    *last = *count;
                    if once.insert(place) {
                        found.push(place);
                    }
                }
            }
        }
        found
    }

    /// Whether somebody other than `task` may still be in conflict with what it does at the
    /// place of `touch`, after `progress`.
    pub(crate) fn conflict(&self, touch: Touch, task: TaskName, progress: &Progress) -> bool {
        let (place, writes) = match touch {
            Touch::Read(place) => (place, false),
            Touch::Write(place) => (place, true),
        };
        let Some(users) = self.by_place.get(&place) else { return false };
        users.iter().filter(|(name, _)| **name != task).any(|(name, last)| {
            let made = progress.of(*name);
            last.write > made || (writes && last.read > made)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::{Access, AccessKind, CodeAddress, ObjectId};

    const WORD: Location = Location { object: ObjectId(1), word: 0 };

    fn name(task: TaskId) -> TaskName {
        Digest::of(&task)
    }

    fn step(task: u32, kind: AccessKind) -> Step {
        let access = Access { location: WORD, offset: 0, size: 8, kind, before: 0, after: 1 };
        let touched = vec![if kind == AccessKind::Load { Touch::Read(WORD) } else { Touch::Write(WORD) }];
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action: Action::Access(access), touched }
    }

    /// Whether task 1 has anybody to fear for `touch` after so many of these steps.
    fn check(steps: &[Step], passed: usize, touch: Touch, expected: bool) {
        let mut uses = Uses::default();
        assert_eq!(uses.learn(steps, name).contains(&WORD), !steps.is_empty());
        assert!(uses.learn(steps, name).is_empty());
        let mut progress = Progress::default();
        steps.iter().take(passed).for_each(|step| progress.pass(step, name));
        assert_eq!(uses.conflict(touch, name(TaskId(1)), &progress), expected);
    }

    #[test]
    fn only_others_that_are_still_to_come_matter() {
        use AccessKind::{Load, Store};
        let steps = [step(2, Store), step(1, Store), step(2, Load), step(1, Store)];
        check(&[], 0, Touch::Write(WORD), false);
        check(&steps, 0, Touch::Read(WORD), true);
        check(&steps, 1, Touch::Read(WORD), false);
        check(&steps, 1, Touch::Write(WORD), true);
        check(&steps, 3, Touch::Write(WORD), false);
    }
}
