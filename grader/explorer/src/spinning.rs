//! Who reads again what it has read already: a hint for the scheduler, never a verdict, since
//! a program may well read the same words many times on purpose.

use std::collections::HashMap;

use crate::{AccessKind, Action, CodeAddress, Location, Pending, Ready, Step, TaskId, Touch};

/// Whether a step got its task on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Progress {
    /// It changed something, or looked at something new.
    Made,
    /// The task looked where it had looked before, and saw what it had seen.
    None,
}

/// Which task has looked where, and what has changed since.
#[derive(Debug, Default)]
pub(crate) struct Spinning {
    /// How often a place has changed.
    changes: HashMap<Location, u64>,
    /// For each task, since it last changed anything: where in the code it looked at which
    /// place, and how often that place had changed by then.
    looks: HashMap<TaskId, HashMap<(CodeAddress, Location), u64>>,
}

impl Spinning {
    /// Takes note of a step.
    pub(crate) fn observe(&mut self, step: &Step) -> Progress {
        let mut looked: Vec<Location> = Vec::new();
        let mut changed: Vec<Location> = Vec::new();
        match &step.action {
            Action::Access(access) => {
                let words = words(access.location, access.size);
                // Of a larger access only the first bytes are known.
                let changes = access.changed() || (access.size > 16 && access.kind != AccessKind::Load);
                if changes {
                    changed.extend(words);
                } else if access.kind != AccessKind::Store {
                    looked.extend(words);
                }
            }
            Action::Call(_) => {
                for touch in &step.touched {
                    match touch {
                        Touch::Read(location) => looked.push(*location),
                        Touch::Write(location) => changed.push(*location),
                    }
                }
            }
        }
        let looks = self.looks.entry(step.task).or_default();
        if !changed.is_empty() {
            looks.clear();
            for location in changed {
                *self.changes.entry(location).or_default() += 1;
            }
            return Progress::Made;
        }
        let mut progress = Progress::None;
        for location in looked {
            let changes = self.changes.get(&location).copied().unwrap_or_default();
            if looks.insert((step.code, location), changes) != Some(changes) {
                progress = Progress::Made;
            }
        }
        progress
    }

    /// Whether `ready` is about to look where it has looked before, with nothing changed there
    /// since, and nothing changed by the task itself.
    pub(crate) fn spins(&self, ready: &Ready) -> bool {
        let Some(looks) = self.looks.get(&ready.task) else { return false };
        let unchanged = |place: &Location| {
            let changes = self.changes.get(place).copied().unwrap_or_default();
            looks.get(&(ready.code, *place)) == Some(&changes)
        };
        let (location, size, kind) = match &ready.next {
            Pending::Access { location, size, kind } => (*location, *size, *kind),
            // a name that is still taken, a file that still says the same
            Pending::Call { objects } => return !objects.is_empty() && objects.iter().all(unchanged),
            Pending::Begin | Pending::Yield | Pending::Flush { .. } | Pending::Wake { .. } | Pending::Slice => {
                return false;
            }
        };
        match kind {
            AccessKind::Store => false,
            AccessKind::Load | AccessKind::Update | AccessKind::Exchange => {
                words(location, size).all(|word| unchanged(&word))
            }
        }
    }
}

/// The words of `size` bytes from `location` on.
pub(crate) fn words(location: Location, size: u32) -> impl Iterator<Item = Location> {
    let count = u64::from(size).div_ceil(8).max(1);
    (0..count).map(move |index| Location { object: location.object, word: location.word.saturating_add(index) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, ObjectId};

    const WORD: Location = Location { object: ObjectId(1), word: 3 };

    fn step(task: u32, code: u64, kind: AccessKind, before: u128, after: u128) -> Step {
        let access = Access { location: WORD, offset: 24, size: 4, kind, before, after };
        let action = Action::Access(access);
        Step { task: TaskId(task), code: CodeAddress(code), frames: Vec::new(), action, touched: Vec::new() }
    }

    fn about_to(task: u32, code: u64, kind: AccessKind) -> Ready {
        let next = Pending::Access { location: WORD, size: 4, kind };
        Ready { task: TaskId(task), code: CodeAddress(code), next, faults: Vec::new(), midway: false, stalls: false }
    }

    fn check(steps: &[Step], next: Ready, expected: bool) {
        let mut spinning = Spinning::default();
        for step in steps {
            spinning.observe(step);
        }
        assert_eq!(spinning.spins(&next), expected);
    }

    #[test]
    fn the_same_look_again_is_spinning() {
        use AccessKind::{Load, Store, Update};
        check(&[step(1, 7, Load, 0, 0)], about_to(1, 7, Load), true);
        check(&[step(1, 7, Update, 1, 1)], about_to(1, 7, Update), true);
        check(&[step(1, 7, Load, 0, 0), step(2, 8, Store, 0, 0)], about_to(1, 7, Load), true);
    }

    #[test]
    fn a_first_look_a_changed_place_and_own_changes_are_not() {
        use AccessKind::{Load, Store, Update};
        check(&[], about_to(1, 7, Load), false);
        check(&[step(1, 7, Load, 0, 0)], about_to(1, 8, Load), false);
        check(&[step(1, 7, Load, 0, 0)], about_to(2, 7, Load), false);
        check(&[step(1, 7, Load, 0, 0), step(2, 8, Store, 0, 1)], about_to(1, 7, Load), false);
        check(&[step(1, 7, Load, 0, 0), step(1, 8, Store, 0, 1)], about_to(1, 7, Load), false);
        check(&[step(1, 7, Update, 0, 1)], about_to(1, 7, Update), false);
    }
}
