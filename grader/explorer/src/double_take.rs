//! Double takes: two tasks took the same item, since both had read the same number of the next.

use std::collections::{HashMap, VecDeque};

use crate::changes::{Byte, Changes, bytes, overlap};
use crate::decisions::looked;
use crate::{Access, AccessKind, Action, Call, Execution, Step, TaskId};

/// An item taken twice; all but the tasks are indices of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubleTake {
    /// Who took it second.
    pub second: TaskId,
    /// Who took it first.
    pub first: TaskId,
    /// Where the one read which item is next, and where the other did.
    pub reads: (usize, usize),
    /// Where they wrote that it is taken.
    pub marks: (usize, usize),
    /// What both did with the same item.
    pub takes: (usize, usize),
}

impl DoubleTake {
    /// The steps that show it, in order.
    pub fn steps(&self) -> Vec<usize> {
        let mut steps = vec![self.reads.0, self.reads.1, self.marks.0, self.marks.1, self.takes.0, self.takes.1];
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// How many of a task's steps after it marked an item are looked at for its taking it.
const SOON: usize = 8;

/// Finds all of them. In `right`, an execution that ended right, no two tasks take that item: what
/// two tasks do there too is no taking.
pub(crate) fn double_takes(execution: &Execution, right: &Execution) -> Vec<DoubleTake> {
    let steps = &execution.steps;
    let changes = Changes::of(steps);
    let mut own: HashMap<TaskId, Vec<usize>> = HashMap::new();
    for (index, step) in steps.iter().enumerate() {
        own.entry(step.task).or_default().push(index);
    }
    // Those that read and wrote the same value at the same place, the last few of them.
    let mut alike: HashMap<(Byte, u128, u128), VecDeque<Claim>> = HashMap::new();
    let mut found = Vec::new();
    for one in claims(steps) {
        let Some(place) = access(steps, one.mark) else { continue };
        let place = (place.location.object, place.offset);
        let known = alike.entry((place, one.read_value, one.mark_value)).or_default();
        for other in
            known.iter().filter(|other| other.task != one.task && read_before_marks(steps, &changes, other, &one))
        {
            let takes = own_after(&own, &one).filter(|step| !is_shared(&steps[*step], right)).find_map(|step| {
                own_after(&own, other).find(|taken| same_take(steps, *taken, step, one.mark)).map(|taken| (taken, step))
            });
            if let Some(takes) = takes {
                found.push(DoubleTake {
                    second: one.task,
                    first: other.task,
                    reads: (other.read, one.read),
                    marks: (other.mark, one.mark),
                    takes,
                });
            }
        }
        known.push_back(one);
        if known.len() > SOON {
            known.pop_front();
        }
    }
    found
}

/// A read of a place, and the write of it that followed.
struct Claim {
    task: TaskId,
    read: usize,
    read_value: u128,
    mark: usize,
    mark_value: u128,
}

fn claims(steps: &[Step]) -> Vec<Claim> {
    let mut last: HashMap<(TaskId, u64, u64), usize> = HashMap::new();
    let mut claims = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Action::Access(access) = &step.action else { continue };
        let place = (step.task, access.location.object.0, access.offset);
        if looked(step).is_some() {
            last.insert(place, index);
        } else if access.kind == AccessKind::Store
            && let Some(read) = last.remove(&place)
            && let Some(read_value) = looked(&steps[read])
            && read_value != access.after
        {
            let (mark, mark_value) = (index, access.after);
            claims.push(Claim { task: step.task, read, read_value, mark, mark_value });
        }
    }
    claims
}

fn access(steps: &[Step], index: usize) -> Option<&Access> {
    match &steps.get(index)?.action {
        Action::Access(access) => Some(access),
        Action::Call(_) => None,
    }
}

/// Whether both had read, the same, before the first of them wrote.
fn read_before_marks(steps: &[Step], changes: &Changes, one: &Claim, other: &Claim) -> bool {
    let (first_read, last_read) = (one.read.min(other.read), one.read.max(other.read));
    let first_mark = one.mark.min(other.mark);
    let Some(place) = access(steps, one.mark) else { return false };
    let last_change = bytes(place).filter_map(|byte| changes.before(byte, first_mark)).max();
    last_read < first_mark && last_change.is_none_or(|change| change < first_read)
}

fn own_after<'a>(own: &'a HashMap<TaskId, Vec<usize>>, claim: &Claim) -> impl Iterator<Item = usize> + 'a {
    let steps = own.get(&claim.task).map_or(&[][..], |steps| &steps[..]);
    let from = steps.partition_point(|step| *step <= claim.mark);
    steps[from..].iter().take(SOON).copied()
}

/// Whether two steps take the same item: the same code reads or writes the same place, other
/// than the one that says which item is next, or prints or sends the same.
fn same_take(steps: &[Step], one: usize, other: usize, mark: usize) -> bool {
    let (Some(first), Some(second)) = (steps.get(one), steps.get(other)) else { return false };
    if first.code != second.code {
        return false;
    }
    match (&first.action, &second.action) {
        (Action::Access(first), Action::Access(second)) => {
            let next = access(steps, mark);
            (first.location, first.offset, first.kind) == (second.location, second.offset, second.kind)
                && next.is_none_or(|next| !overlap(next, first))
        }
        (Action::Call(Call::Print { bytes: first, .. }), Action::Call(Call::Print { bytes: second, .. })) => {
            first == second
        }
        (Action::Access(_) | Action::Call(_), _) => false,
    }
}

/// Whether two tasks or more make the same step.
fn is_shared(step: &Step, right: &Execution) -> bool {
    let same = |other: &&Step| {
        other.code == step.code
            && match (&other.action, &step.action) {
                (Action::Access(other), Action::Access(step)) => {
                    (other.location, other.offset, other.kind) == (step.location, step.offset, step.kind)
                }
                (Action::Call(other), Action::Call(step)) => other == step,
                (Action::Access(_) | Action::Call(_), _) => false,
            }
    };
    let mut tasks = right.steps.iter().filter(same).map(|step| step.task);
    tasks.next().is_some_and(|first| tasks.any(|task| task != first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{execution, load, store};

    #[track_caller]
    fn check(steps: Vec<Step>, expected: Option<&[usize]>) {
        check_beside(steps, Vec::new(), expected);
    }

    #[track_caller]
    fn check_beside(steps: Vec<Step>, right: Vec<Step>, expected: Option<&[usize]>) {
        let found = double_takes(&execution(steps), &execution(right));
        assert_eq!(found.first().map(DoubleTake::steps).as_deref(), expected);
    }

    #[test]
    fn two_that_read_the_same_number_take_the_same_item() {
        let steps =
            vec![load(1, 0, 0), load(2, 0, 0), store(1, 0, 0, 1), load(1, 5, 42), store(2, 0, 1, 1), load(2, 5, 42)];
        check(steps, Some(&[0, 1, 2, 3, 4, 5]));
    }

    #[test]
    fn one_after_the_other_they_take_different_items() {
        let steps =
            vec![load(1, 0, 0), store(1, 0, 0, 1), load(1, 5, 42), load(2, 0, 1), store(2, 0, 1, 2), load(2, 6, 43)];
        check(steps, None);
    }

    #[test]
    fn what_both_read_when_it_goes_right_too_is_no_item() {
        let wrong =
            vec![load(1, 0, 0), load(2, 0, 0), store(1, 0, 0, 1), load(1, 5, 0), store(2, 0, 1, 1), load(2, 5, 0)];
        let right = vec![load(1, 5, 0), load(2, 5, 0)];
        check_beside(wrong, right, None);
    }

    #[test]
    fn a_lost_update_alone_takes_nothing() {
        check(vec![load(1, 0, 0), load(2, 0, 0), store(1, 0, 0, 1), store(2, 0, 1, 1)], None);
    }
}
