//! What came between two steps of a task that should have been one: for a wrong result that no
//! lost update explains.

use std::collections::{HashMap, HashSet};

use crate::{Action, Call, Execution, Location, Step, TaskId, Touch};

/// Steps of one task that came between two of another; all numbers are indices of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interruption {
    /// Who was interrupted.
    pub task: TaskId,
    /// Its last step before.
    pub before: usize,
    /// Its first step after.
    pub after: usize,
    /// Who came between.
    pub other: TaskId,
    /// What it did that conflicts with `before` or `after`, in order.
    pub between: Vec<usize>,
}

/// Finds the interruption that best explains a wrong result: rather one by a task that met both
/// places which the interrupted one met before and after (as an auditor who sees the one half
/// of a deposit and not the other), and of those the first.
///
/// Only steps on shared memory that tasks do not agree to take turns at count: places that some
/// instruction reads and writes at once are left out, unless nothing else is left.
pub fn find_interruption(execution: &Execution) -> Option<Interruption> {
    let data = Places::without_locks(&execution.steps);
    let all = Places::default();
    best(&execution.steps, &data).or_else(|| best(&execution.steps, &all))
}

/// Which places not to look at.
#[derive(Debug, Default)]
struct Places {
    skipped: HashSet<Location>,
}

impl Places {
    fn without_locks(steps: &[Step]) -> Places {
        let orders = |step: &&Step| match &step.action {
            Action::Access(access) => access.kind == crate::AccessKind::Update,
            Action::Call(Call::FutexWait { .. } | Call::FutexWake { .. }) => true,
            Action::Call(_) => false,
        };
        let locations = steps.iter().filter(orders).flat_map(|step| step.touched.iter().map(|touch| place(*touch).0));
        Places { skipped: locations.collect() }
    }

    /// The memory that a step touches, and whether it changes it.
    fn touched<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = (Location, bool)> + 'a {
        let accesses = match step.action {
            Action::Access(_) | Action::Call(Call::File(_)) => &step.touched[..],
            Action::Call(_) => &[],
        };
        accesses.iter().map(|touch| place(*touch)).filter(|(location, _)| !self.skipped.contains(location))
    }

    fn conflict(&self, one: &Step, other: &Step) -> bool {
        self.touched(one).any(|(place, writes)| {
            self.touched(other).any(|(other, other_writes)| place == other && (writes || other_writes))
        })
    }
}

fn best(steps: &[Step], places: &Places) -> Option<Interruption> {
    let mut last: HashMap<TaskId, usize> = HashMap::new();
    let mut first_of_one: Option<Interruption> = None;
    for (after, step) in steps.iter().enumerate() {
        if places.touched(step).next().is_none() {
            continue;
        }
        let before = last.insert(step.task, after);
        let Some(before) = before.filter(|before| before + 1 < after) else { continue };
        let conflicts = |index: usize, own: usize| places.conflict(&steps[index], &steps[own]);
        let mut others: Vec<TaskId> = Vec::new();
        for between in &steps[before + 1..after] {
            if between.task != step.task && !others.contains(&between.task) {
                others.push(between.task);
            }
        }
        for other in others {
            let theirs = || (before + 1..after).filter(|&index| steps[index].task == other);
            let between: Vec<usize> =
                theirs().filter(|&index| conflicts(index, before) || conflicts(index, after)).collect();
            if between.is_empty() {
                continue;
            }
            let both = !same_place(places, &steps[before], step)
                && between.iter().any(|&index| conflicts(index, before))
                && between.iter().any(|&index| conflicts(index, after));
            let found = Interruption { task: step.task, before, after, other, between };
            if both {
                return Some(found);
            }
            first_of_one.get_or_insert(found);
        }
    }
    first_of_one
}

fn same_place(places: &Places, one: &Step, other: &Step) -> bool {
    places.touched(one).any(|(place, _)| places.touched(other).any(|(other, _)| place == other))
}

fn place(touch: Touch) -> (Location, bool) {
    match touch {
        Touch::Read(location) => (location, false),
        Touch::Write(location) => (location, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, AccessKind, CodeAddress, Ending, ObjectId};
    use AccessKind::{Load, Store, Update};

    /// Who, how, which word.
    type Line = (u32, AccessKind, u64);

    fn step(&(task, kind, word): &Line) -> Step {
        let location = Location { object: ObjectId(1), word };
        let touch = if kind == Load { Touch::Read(location) } else { Touch::Write(location) };
        let action = Action::Access(Access { location, offset: word * 8, size: 8, kind, before: 0, after: 0 });
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action, touched: vec![touch] }
    }

    /// Expects the step before, those between, and the step after.
    fn check(lines: &[Line], expected: Option<(usize, &[usize], usize)>) {
        let execution = Execution {
            steps: lines.iter().map(step).collect(),
            ending: Ending::Ended,
            leftovers: Vec::new(),
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            rehearsal: false,
            unmade: Vec::new(),
            shared: crate::Shared::default(),
        };
        let found = find_interruption(&execution);
        let found = found.as_ref().map(|found| (found.before, &found.between[..], found.after));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_auditor_between_the_halves_of_a_deposit_is_found() {
        check(&[(1, Store, 0), (2, Load, 0), (2, Load, 1), (1, Store, 1)], Some((0, &[1, 2], 3)));
        check(&[(2, Load, 0), (1, Store, 0), (1, Store, 1), (2, Load, 1)], Some((0, &[1, 2], 3)));
    }

    #[test]
    fn both_halves_explain_better_than_one() {
        check(
            &[(1, Load, 0), (2, Store, 0), (1, Load, 0), (2, Store, 0), (2, Store, 1), (1, Load, 1)],
            Some((2, &[3, 4], 5)),
        );
        check(&[(1, Load, 0), (2, Store, 0), (1, Load, 0)], Some((0, &[1], 2)));
    }

    #[test]
    fn places_that_are_updated_at_once_explain_only_where_nothing_else_does() {
        check(&[(1, Update, 0), (2, Update, 0), (1, Update, 1), (2, Update, 1)], Some((0, &[1], 2)));
        check(&[(1, Load, 9), (2, Update, 9), (1, Load, 0), (2, Store, 0), (1, Load, 0)], Some((2, &[3], 4)));
    }

    #[test]
    fn steps_that_nobody_came_between_are_none() {
        check(&[(1, Store, 0), (1, Store, 1), (2, Load, 0), (2, Load, 1)], None);
        check(&[(1, Load, 0), (2, Load, 0), (1, Load, 1)], None);
    }
}
