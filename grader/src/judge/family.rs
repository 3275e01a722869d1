//! Children that nobody waited for, and those left behind.

use explorer::{Action, Call, Execution, Step, Stream, TaskEnd, TaskId};

use crate::mechanism::{Process, Tasks};

/// Children that nobody took notice of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unreaped {
    /// Their parent could have.
    pub(super) zombies: Vec<TaskId>,
    /// Their parent had ended before them.
    pub(super) orphans: Vec<TaskId>,
}

/// Finds them.
pub(super) fn unreaped(tasks: &Tasks) -> Unreaped {
    let mut found = Unreaped::default();
    for (child, task) in tasks.children().filter(|(_, task)| task.reaped.is_none()) {
        let parent = task.maker.unwrap_or(Process::FIRST);
        let parents_end = tasks.get(parent.0).and_then(|parent| parent.ended).map(|(at, _)| at);
        let own_end = task.ended.map_or(usize::MAX, |(at, _)| at);
        // The first process is left to the end: what it should have waited for is a zombie,
        // whichever of the two ended first. A parent further down that ended before its
        // child has left it behind.
        let left = parent != Process::FIRST && parents_end.is_some_and(|end| end < own_end);
        if left { found.orphans.push(child.0) } else { found.zombies.push(child.0) }
    }
    found
}

/// Whether a child was made to end with the program: it waited for the end of what the first
/// process alone could still send, and when that had come it ended, peacefully and without a
/// word. CPython has such helpers (`multiprocessing.resource_tracker`).
pub(super) fn ends_with_program(execution: &Execution, child: TaskId) -> bool {
    let ended = |step: &Step| step.task == TaskId::FIRST && matches!(step.action, Action::Call(Call::End(_)));
    let Some(end) = execution.steps.iter().position(ended) else { return false };
    // what was sent before the end comes first
    let mut own = execution.steps[end..].iter().filter(|step| step.task == child);
    let waited = own.any(|step| matches!(step.action, Action::Call(Call::Receive { bytes: 0, .. })));
    let silent = !execution
        .steps
        .iter()
        .any(|step| step.task == child && matches!(step.action, Action::Call(Call::Print { stream: Stream::Out, .. })));
    waited && silent && execution.end_of(child) == Some(TaskEnd::Exit(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;

    fn check(execution: &MadeUp, zombies: &[u32], orphans: &[u32]) {
        let ids = |ids: &[u32]| ids.iter().copied().map(TaskId).collect();
        let expected = Unreaped { zombies: ids(zombies), orphans: ids(orphans) };
        assert_eq!(unreaped(&Tasks::of(&execution.done())), expected);
    }

    #[test]
    fn a_child_that_is_waited_for_is_neither() {
        check(&MadeUp::new().start(0, 1).wait(0).end(1).reap(0, 1).end(0), &[], &[]);
        check(&MadeUp::new().start(0, 1).end(1).reap(1, 1).end(0), &[], &[]);
        check(&MadeUp::new().thread(0, 1).end(0), &[], &[]);
    }

    #[test]
    fn a_child_that_nobody_waits_for_is_a_zombie_whoever_ends_first() {
        check(&MadeUp::new().start(0, 1).end(1).end(0), &[1], &[]);
        check(&MadeUp::new().start(0, 1).end(0).end(1), &[1], &[]);
        check(&MadeUp::new().start(0, 1).start(1, 2).end(2).end(1).reap(0, 1).end(0), &[2], &[]);
    }

    #[test]
    fn a_grandchild_whose_parent_ended_first_is_an_orphan() {
        check(&MadeUp::new().start(0, 1).start(1, 2).end(1).reap(0, 1).end(2).end(0), &[], &[2]);
    }
}
