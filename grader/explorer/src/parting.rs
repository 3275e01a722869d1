//! Where two executions of one program part, and the first thing that a task does or sees
//! differently because of it.

use std::collections::HashMap;

use crate::{Action, Call, Execution, Step, TaskId};

/// Where an execution leaves another one behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// How many steps both have in common; what follows is different.
    pub common: usize,
    /// Who goes on there in the first execution; `None` if it has ended.
    pub here: Option<TaskId>,
    /// Who goes on there in the other.
    pub there: Option<TaskId>,
    /// The first step that a task makes differently in the first execution: its index there, and
    /// in the other the index of the step that the same task makes in its place.
    pub difference: Option<(usize, usize)>,
}

/// Compares two executions; `None` if they are the same.
pub fn find_parting(one: &Execution, other: &Execution) -> Option<Parting> {
    let same = |(one, other): &(&Step, &Step)| is_same(one, other);
    let common = one.steps.iter().zip(&other.steps).take_while(same).count();
    if common == one.steps.len() && common == other.steps.len() {
        return None;
    }
    let who = |execution: &Execution| execution.steps.get(common).map(|step| step.task);
    Some(Parting { common, here: who(one), there: who(other), difference: difference(one, other, common) })
}

/// Whether two steps are the same, whatever is known of their call stacks.
fn is_same(one: &Step, other: &Step) -> bool {
    one.task == other.task && one.code == other.code && one.action == other.action
}

fn difference(one: &Execution, other: &Execution, common: usize) -> Option<(usize, usize)> {
    let mut theirs: HashMap<TaskId, Vec<usize>> = HashMap::new();
    for (index, step) in other.steps.iter().enumerate().skip(common) {
        theirs.entry(step.task).or_default().push(index);
    }
    let mut made: HashMap<TaskId, usize> = HashMap::new();
    for (index, step) in one.steps.iter().enumerate().skip(common) {
        let number = made.entry(step.task).or_default();
        let counterpart = theirs.get(&step.task).and_then(|steps| steps.get(*number)).copied();
        *number += 1;
        if let Some(there) = counterpart.filter(|there| differs(step, &other.steps[*there])) {
            return Some((index, there));
        }
    }
    None
}

/// Whether a task does something else, or sees something else. What it writes over is not what
/// it sees.
fn differs(one: &Step, other: &Step) -> bool {
    match (&one.action, &other.action) {
        (Action::Access(one_access), Action::Access(other_access)) => {
            one.code != other.code
                || one_access.location != other_access.location
                || one_access.after != other_access.after
        }
        // What comes from others can be another thing by the same call.
        (Action::Call(call @ (Call::Receive { .. } | Call::Reap { .. } | Call::Print { .. })), Action::Call(there)) => {
            one.code != other.code || call != there
        }
        (Action::Call(_), Action::Call(_)) => one.code != other.code,
        (Action::Access(_), Action::Call(_)) | (Action::Call(_), Action::Access(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{end, execution, load, store};

    #[track_caller]
    fn check(one: &[Step], other: &[Step], expected: Option<Parting>) {
        assert_eq!(find_parting(&execution(one.to_vec()), &execution(other.to_vec())), expected);
    }

    #[test]
    fn the_same_execution_does_not_part() {
        let steps = [load(1, 0, 0), store(2, 0, 0, 1)];
        check(&steps, &steps, None);
    }

    #[test]
    fn what_a_task_sees_differently_is_the_difference() {
        let one = [load(1, 0, 0), store(2, 0, 0, 1), load(1, 0, 1)];
        let other = [load(1, 0, 0), load(1, 0, 0), store(2, 0, 0, 1)];
        let (here, there) = (Some(TaskId(2)), Some(TaskId(1)));
        check(&one, &other, Some(Parting { common: 1, here, there, difference: Some((2, 1)) }));
    }

    #[test]
    fn an_execution_that_is_over_parts_from_one_that_goes_on() {
        let there = Some(TaskId(2));
        let parting = Parting { common: 1, here: None, there, difference: None };
        check(&[end(1)], &[end(1), end(2)], Some(parting));
    }
}
