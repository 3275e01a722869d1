//! Check, then act: a task decided by a value, and acted on the decision when another task had
//! changed that value already.

use std::collections::HashMap;

use crate::changes::{Changes, overlap};
use crate::decisions::{Decisions, looked};
use crate::{Access, AccessKind, Action, Call, Execution, Step, TaskId};

/// A decision that was out of date when it was acted on; the last three are indices of steps.
///
/// That it was a decision is known from a task that read the later value at the same place in
/// the code, in this execution or in one that ended right, and went on differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckThenAct {
    /// Who decided.
    pub task: TaskId,
    /// Who changed the value.
    pub other: TaskId,
    /// The load that decided.
    pub check: usize,
    /// The change that came after it.
    pub change: usize,
    /// The first thing the task did after that which others can notice.
    pub act: usize,
}

/// How many checks of a task are kept in mind.
const CHECKS: usize = 8;

/// Finds all of them. `right` is an execution that ended right, to learn decisions from.
pub(crate) fn checks_then_acts(execution: &Execution, right: &Execution) -> Vec<CheckThenAct> {
    let steps = &execution.steps;
    let decisions = Decisions::of(&[execution, right]);
    let changes = Changes::of(steps);
    let mut checks: HashMap<TaskId, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let open = checks.entry(step.task).or_default();
        if let (Action::Access(access), Some(_)) = (&step.action, looked(step)) {
            // Another decision about the same place, or the same one again, replaces the first.
            let decides = decisions.decides(step.code);
            open.retain(|known| match &steps[*known].action {
                Action::Access(other) => !overlap(access, other) || (!decides && steps[*known].code != step.code),
                Action::Call(_) => true,
            });
            if decides {
                open.push(index);
            }
            let surplus = open.len().saturating_sub(CHECKS);
            open.drain(..surplus);
        } else if acts(step) {
            let stale = |check: &usize| out_of_date(steps, &changes, &decisions, *check, index);
            found.extend(open.iter().rev().find_map(stale));
            open.clear();
        }
    }
    found
}

fn out_of_date(
    steps: &[Step],
    changes: &Changes,
    decisions: &Decisions,
    check: usize,
    act: usize,
) -> Option<CheckThenAct> {
    let (task, code) = (steps[check].task, steps[check].code);
    let Action::Access(seen) = &steps[check].action else { return None };
    let change = changes.between(seen, check, act, steps, task)?;
    let Action::Access(changed) = &steps[change].action else { return None };
    let value = value_after(seen, changed)?;
    decisions.differ(code, seen.after, value).then(|| CheckThenAct {
        task,
        other: steps[change].task,
        check,
        change,
        act,
    })
}

/// What stands in the place of one access after another one, which may be wider or narrower.
fn value_after(place: &Access, changed: &Access) -> Option<u128> {
    if (place.offset, place.size) == (changed.offset, changed.size) {
        return Some(changed.after);
    }
    let mut bytes = place.after.to_le_bytes();
    let new = changed.after.to_le_bytes();
    for (index, byte) in bytes.iter_mut().enumerate().take(place.size as usize) {
        let offset = place.offset.saturating_add(index as u64);
        if offset >= changed.offset && offset < changed.offset.saturating_add(changed.size.into()) {
            let there = usize::try_from(offset - changed.offset).ok()?;
            *byte = *new.get(there)?;
        }
    }
    Some(u128::from_le_bytes(bytes))
}

/// Whether others can notice what a step did, apart from taking turns.
fn acts(step: &Step) -> bool {
    match &step.action {
        Action::Access(access) | Action::Call(Call::File(access)) => match access.kind {
            AccessKind::Load => false,
            AccessKind::Store => true,
            // An update that changes nothing has tried in vain.
            AccessKind::Update | AccessKind::Exchange => access.changed(),
        },
        Action::Call(call) => match call {
            Call::Start { .. }
            | Call::Execute { .. }
            | Call::Send { .. }
            | Call::Receive { .. }
            | Call::Print { .. }
            | Call::Signal { .. }
            | Call::Other { .. } => true,
            Call::File(_)
            | Call::Fault(_)
            | Call::End(_)
            | Call::Reap { .. }
            | Call::WaitForChild
            | Call::Input { .. }
            | Call::LockFile { .. }
            | Call::UnlockFile { .. }
            | Call::FutexWait { .. }
            | Call::FutexWake { .. }
            | Call::Sleep { .. }
            | Call::Yield => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, call, end, execution, load, store, update};

    const PRINT: u64 = 77;

    fn prints(task: u32) -> Step {
        at(PRINT, call(task, Call::Print { stream: crate::Stream::Out, bytes: b"x\n".to_vec() }))
    }

    #[track_caller]
    fn check(wrong: &[Step], right: &[Step], expected: Option<(usize, usize, usize)>) {
        let found = checks_then_acts(&execution(wrong.to_vec()), &execution(right.to_vec()));
        assert_eq!(found.first().map(|found| (found.check, found.change, found.act)), expected);
    }

    #[test]
    fn a_lock_that_is_looked_at_and_then_taken_is_one() {
        let wrong = [load(1, 0, 0), load(2, 0, 0), store(2, 0, 0, 1), store(1, 0, 1, 1)];
        // Whoever sees 1 looks again.
        let right = [load(1, 0, 0), store(1, 0, 0, 1), load(2, 0, 1), load(2, 0, 1), store(1, 0, 1, 0), load(2, 0, 0)];
        check(&wrong, &right, Some((0, 2, 3)));
    }

    #[test]
    fn a_counter_is_none_since_it_goes_on_whatever_it_reads() {
        let wrong = [load(1, 0, 0), load(2, 0, 0), store(2, 0, 0, 1), store(1, 0, 1, 1)];
        let right = [load(1, 0, 0), store(1, 0, 0, 1), load(2, 0, 1), store(2, 0, 1, 2)];
        check(&wrong, &right, None);
    }

    #[test]
    fn a_size_that_is_checked_before_another_takes_the_last_is_one() {
        let pop = |task, size: u128| {
            [at(1, load(task, 0, size)), at(2, load(task, 0, size)), at(3, store(task, 0, size, size - 1))]
        };
        let right = [&pop(1, 1)[..], &[at(1, load(2, 0, 0)), end(2)]].concat();
        let wrong =
            [&[at(1, load(1, 0, 1))][..], &pop(2, 1), &[at(2, load(1, 0, 0)), at(3, store(1, 0, 0, 9))]].concat();
        check(&wrong, &right, Some((0, 3, 5)));
    }

    #[test]
    fn a_second_look_under_the_lock_brings_the_decision_up_to_date() {
        let lock = |task| at(50, update(task, 9, 0, 1));
        let right = [at(1, load(1, 0, 1)), end(1), at(2, load(2, 0, 0)), prints(2)];
        let wrong =
            [at(1, load(1, 0, 0)), store(2, 0, 0, 1), at(3, load(1, 5, 0)), at(2, load(1, 0, 1)), end(1), lock(2)];
        check(&wrong, &right, None);
    }

    #[test]
    fn whoever_looks_again_before_acting_is_none() {
        let wrong = [load(1, 0, 0), store(2, 0, 0, 1), load(1, 0, 1), prints(1)];
        check(&wrong, &[load(1, 0, 1), prints(1)], None);
    }
}
