//! Uses after the end: a task looks for a name when another one has taken it away already.

use crate::{Action, Call, Execution, Location, Step, TaskId, Touch};

/// A use that came too late; both numbers are indices of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseAfterEnd {
    /// Who still needed it.
    pub user: TaskId,
    /// Who took it away.
    pub ender: TaskId,
    /// Where it was taken away.
    pub end: usize,
    /// Where it was needed.
    pub usage: usize,
}

/// The calls that take a name away.
const ENDS: [&str; 4] = ["unlink", "unlinkat", "rmdir", "mq_unlink"];
/// The calls that look for one.
const USES: [&str; 6] = ["open", "openat", "openat2", "creat", "mq_open", "connect"];

/// Finds all of them: in `right`, the same task makes the same call before the name is taken away.
pub(crate) fn uses_after_end(execution: &Execution, right: &Execution) -> Vec<UseAfterEnd> {
    let mut ends: Vec<usize> = Vec::new();
    let mut found = Vec::new();
    for (index, step) in execution.steps.iter().enumerate() {
        if is_one_of(step, &ENDS) {
            ends.push(index);
        } else if is_one_of(step, &USES) {
            let end = ends.iter().rev().copied().find(|end| {
                let end = &execution.steps[*end];
                end.task != step.task && places(end).any(|place| places(step).any(|other| other == place))
            });
            let Some(end) = end else { continue };
            if comes_before(step, &execution.steps[end], right) {
                let ender = execution.steps[end].task;
                found.push(UseAfterEnd { user: step.task, ender, end, usage: index });
            }
        }
    }
    found
}

fn is_one_of(step: &Step, names: &[&str]) -> bool {
    matches!(&step.action, Action::Call(Call::Other { name }) if names.contains(name))
}

fn places(step: &Step) -> impl Iterator<Item = Location> + '_ {
    step.touched.iter().map(|touch| match touch {
        Touch::Read(place) | Touch::Write(place) => *place,
    })
}

/// Whether a step is made before another one there.
fn comes_before(first: &Step, second: &Step, right: &Execution) -> bool {
    let at = |step: &Step| right.steps.iter().position(|other| (other.task, other.code) == (step.task, step.code));
    matches!((at(first), at(second)), (Some(first), Some(second)) if first < second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{OBJECT, at, call, execution};

    fn named(task: u32, name: &'static str) -> Step {
        let touched = vec![Touch::Write(Location { object: OBJECT, word: Location::WHOLE })];
        at(u64::from(task), Step { touched, ..call(task, Call::Other { name }) })
    }

    fn check(steps: Vec<Step>, right: Vec<Step>, expected: Option<(usize, usize)>) {
        let found = uses_after_end(&execution(steps), &execution(right));
        assert_eq!(found.first().map(|found| (found.end, found.usage)), expected);
    }

    #[test]
    fn a_name_that_is_looked_for_when_it_is_gone_is_used_after_its_end() {
        let (open, unlink) = (named(1, "openat"), named(0, "unlink"));
        check(vec![unlink.clone(), open.clone()], vec![open.clone(), unlink.clone()], Some((0, 1)));
        check(vec![open.clone(), unlink.clone()], vec![open.clone(), unlink.clone()], None);
        // It goes right that way too.
        check(vec![unlink.clone(), open.clone()], vec![unlink, open], None);
    }
}
