//! Why nobody can go on: the facts behind a deadlock.

use std::collections::HashMap;

use crate::lost_wakeup::find_lost_wakeup;
use crate::{
    Access, AccessKind, Action, Call, Ending, Execution, Location, LostWakeup, ObjectId, Stuck, TaskEnd, TaskId, Wait,
};

/// What is known of a deadlock, or of tasks that were left waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadlock {
    /// Tasks other than the first that died before, in order: their deaths may well be the
    /// beginning of it all.
    pub deaths: Vec<Death>,
    /// Why those that are left wait.
    pub cause: Cause,
}

/// The end of a task by a signal or with an exit code other than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// Who.
    pub task: TaskId,
    /// How.
    pub end: TaskEnd,
    /// The index of the step with which it ended.
    pub step: usize,
}

/// Why tasks wait for ever. Where several hold, the one named first here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A task waits for a lock that it holds itself.
    HoldsItself {
        /// Who.
        task: TaskId,
        /// The index of the step with which it took the lock.
        taken: usize,
        /// The lock.
        location: Location,
    },
    /// A task waits for a lock whose holder has ended.
    HolderEnded {
        /// Who waits.
        task: TaskId,
        /// Who held the lock.
        holder: TaskId,
        /// The index of the step with which it took the lock.
        taken: usize,
        /// The index of the step with which it ended.
        ended: usize,
        /// The lock.
        location: Location,
    },
    /// A reader waits for an end that cannot come, since those who have the writing end open
    /// are the reader itself, others who read there too, or those who wait for the reader to
    /// end.
    ForgottenEnd {
        /// Who reads.
        task: TaskId,
        /// What from.
        object: ObjectId,
        /// Who has the writing end open.
        holders: Vec<TaskId>,
    },
    /// A task went to sleep after the wake that it waits for had passed.
    LostWakeup(LostWakeup),
    /// Each waits for the next, and the last for the first.
    Cycle(Vec<Link>),
    /// None of these: who waits for whom is all there is to say.
    Unexplained,
}

/// One part of a circle of waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Who waits.
    pub task: TaskId,
    /// For whom.
    pub on: TaskId,
    /// What `on` did to make it wait: the index of the step with which it took the lock, where
    /// the wait is for one and that step is known.
    pub taken: Option<usize>,
}

/// Explains an execution that left tasks waiting; `None` if it left none.
pub fn explain_deadlock(execution: &Execution) -> Option<Deadlock> {
    let stuck = match &execution.ending {
        Ending::Deadlock(stuck) | Ending::Orphans(stuck) => stuck,
        Ending::Livelock { waiting, .. } => waiting,
        Ending::Ended | Ending::Limit(_) | Ending::Abandoned => return None,
    };
    if stuck.is_empty() {
        return None;
    }
    let facts = Facts::new(execution, stuck);
    let cause = facts
        .find(|task| facts.holds_itself(task))
        .or_else(|| facts.find(|task| facts.holder_ended(task)))
        .or_else(|| facts.find(|task| facts.forgotten_end(task)))
        .or_else(|| facts.lost_wakeup())
        .or_else(|| facts.cycle())
        .unwrap_or(Cause::Unexplained);
    Some(Deadlock { deaths: facts.deaths(), cause })
}

struct Facts<'a> {
    execution: &'a Execution,
    stuck: &'a [Stuck],
    ends: HashMap<TaskId, (usize, TaskEnd)>,
}

impl Facts<'_> {
    fn new<'a>(execution: &'a Execution, stuck: &'a [Stuck]) -> Facts<'a> {
        let end = |(index, step): (usize, &crate::Step)| match step.action {
            Action::Call(Call::End(end)) => Some((step.task, (index, end))),
            Action::Call(_) | Action::Access(_) => None,
        };
        Facts { execution, stuck, ends: execution.steps.iter().enumerate().filter_map(end).collect() }
    }

    fn find(&self, cause: impl Fn(&Stuck) -> Option<Cause>) -> Option<Cause> {
        self.stuck.iter().find_map(cause)
    }

    fn wait(&self, task: TaskId) -> Option<&Wait> {
        self.stuck.iter().find(|stuck| stuck.task == task).map(|stuck| &stuck.wait)
    }

    fn deaths(&self) -> Vec<Death> {
        let dies = |end: TaskEnd| match end {
            TaskEnd::Exit(code) => code != 0,
            TaskEnd::Signal(_) => true,
        };
        let mut deaths: Vec<Death> = self
            .ends
            .iter()
            .filter(|(task, (_, end))| **task != TaskId::FIRST && dies(*end))
            .map(|(&task, &(step, end))| Death { task, end, step })
            .collect();
        deaths.sort_by_key(|death| death.step);
        deaths
    }

    fn holds_itself(&self, stuck: &Stuck) -> Option<Cause> {
        let Wait::Futex { location, .. } = stuck.wait else { return None };
        let (holder, taken) = self.holder(stuck.task, location)?;
        (holder == stuck.task).then_some(Cause::HoldsItself { task: holder, taken, location })
    }

    fn holder_ended(&self, stuck: &Stuck) -> Option<Cause> {
        let Wait::Futex { location, .. } = stuck.wait else { return None };
        let (holder, taken) = self.holder(stuck.task, location)?;
        let (ended, _) = *self.ends.get(&holder)?;
        Some(Cause::HolderEnded { task: stuck.task, holder, taken, ended, location })
    }

    fn forgotten_end(&self, stuck: &Stuck) -> Option<Cause> {
        let Wait::Readable { object, holders } = &stuck.wait else { return None };
        let waits_in_vain = |holder: &TaskId| {
            *holder == stuck.task
                || match self.wait(*holder) {
                    Some(Wait::Readable { object: other, .. }) => other == object,
                    Some(Wait::Child(children)) => children.contains(&stuck.task),
                    Some(_) | None => false,
                }
        };
        let forgotten = !holders.is_empty() && holders.iter().all(waits_in_vain);
        forgotten.then(|| Cause::ForgottenEnd { task: stuck.task, object: *object, holders: holders.clone() })
    }

    /// Only of those who do not wait for a lock that somebody holds.
    fn lost_wakeup(&self) -> Option<Cause> {
        let sleeps = |stuck: &&Stuck| match stuck.wait {
            Wait::Futex { location, .. } => self.holder(stuck.task, location).is_none(),
            Wait::Signal => true,
            Wait::Child(_)
            | Wait::Readable { .. }
            | Wait::Writable { .. }
            | Wait::FileLock { .. }
            | Wait::Semaphore { .. }
            | Wait::Continue
            | Wait::AnyOf
            | Wait::Connection { .. } => false,
        };
        let sleepers: Vec<Stuck> = self.stuck.iter().filter(sleeps).cloned().collect();
        find_lost_wakeup(self.execution, &sleepers).map(Cause::LostWakeup)
    }

    /// Follows the waits from each task until one comes again.
    fn cycle(&self) -> Option<Cause> {
        self.find(|start| {
            let mut links: Vec<Link> = Vec::new();
            let mut task = start.task;
            loop {
                if let Some(first) = links.iter().position(|link| link.task == task) {
                    return Some(Cause::Cycle(links.split_off(first)));
                }
                let link = self.link(task)?;
                links.push(link);
                task = link.on;
            }
        })
    }

    /// For whom `task` waits: somebody who waits too, and not for itself where there is a choice.
    fn link(&self, task: TaskId) -> Option<Link> {
        let (on, taken) = match self.wait(task)? {
            Wait::Child(tasks) | Wait::Readable { holders: tasks, .. } | Wait::Writable { holders: tasks, .. } => {
                let waits = |other: &&TaskId| self.wait(**other).is_some();
                let other = tasks.iter().filter(waits).find(|other| **other != task);
                (*other.or_else(|| tasks.iter().find(waits))?, None)
            }
            Wait::Futex { location, holder } => match self.holder(task, *location) {
                Some((holder, taken)) => (holder, Some(taken)),
                // whoever waits may have noted that in the word itself
                None => ((*holder).filter(|holder| *holder != task)?, None),
            },
            Wait::FileLock { object, holder } => ((*holder)?, self.file_locked((*holder)?, *object)),
            Wait::Semaphore { .. } | Wait::Signal | Wait::Continue | Wait::AnyOf | Wait::Connection { .. } => {
                return None;
            }
        };
        Some(Link { task, on, taken })
    }

    /// Who holds the lock in the futex word for which `waiter` waits: who last changed it from
    /// 0, which is free in every lock of the standard libraries. `None` if it is free now, or
    /// does not look like a lock: whoever waits for a lock has tried to take it.
    fn holder(&self, waiter: TaskId, location: Location) -> Option<(TaskId, usize)> {
        let updates = || {
            self.execution.steps.iter().enumerate().filter_map(|(index, step)| match &step.action {
                Action::Access(access) if access.location == location && access.kind != AccessKind::Load => {
                    Some((index, step.task, access))
                }
                Action::Access(_) | Action::Call(_) => None,
            })
        };
        let tries = |task: TaskId, access: &Access| task == waiter && is_atomic(access);
        // Eight bytes hold two futexes: the one that the waiter tried last.
        let (_, _, tried) = updates().rfind(|(_, task, access)| tries(*task, access))?;
        // Of larger words, as a semaphore's, the first half is the futex.
        let value = |value: u128| value & 0xffff_ffff;
        let mut holder = None;
        for (index, task, access) in updates().filter(|(_, _, access)| access.offset == tried.offset) {
            let (before, after) = (value(access.before), value(access.after));
            if after == 0 {
                holder = None;
            } else if before == 0 {
                // A store sets a value; a lock is taken by reading and writing at once.
                holder = is_atomic(access).then_some((task, index));
            }
        }
        holder
    }

    fn file_locked(&self, holder: TaskId, object: ObjectId) -> Option<usize> {
        self.execution.steps.iter().rposition(|step| {
            step.task == holder
                && matches!(step.action, Action::Call(Call::LockFile { object: other }) if other == object)
        })
    }
}

/// Whether an access reads and writes with nobody between.
fn is_atomic(access: &Access) -> bool {
    matches!(access.kind, AccessKind::Update | AccessKind::Exchange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeAddress, Step};

    const LOCK: Location = Location { object: ObjectId(3), word: 0 };
    const PIPE: ObjectId = ObjectId(4);
    const BACK: ObjectId = ObjectId(5);

    fn step(task: u32, action: Action) -> Step {
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action, touched: Vec::new() }
    }

    fn ends(task: u32, end: TaskEnd) -> Step {
        step(task, Action::Call(Call::End(end)))
    }

    fn word(location: Location, task: u32, before: u128, after: u128) -> Step {
        let offset = location.word * 8;
        step(task, Action::Access(Access { location, offset, size: 4, kind: AccessKind::Update, before, after }))
    }

    fn lock(task: u32, before: u128, after: u128) -> Step {
        word(LOCK, task, before, after)
    }

    fn stuck(waits: &[(u32, Wait)]) -> Vec<Stuck> {
        let one = |(task, wait): &(u32, Wait)| Stuck { task: TaskId(*task), wait: wait.clone(), frames: Vec::new() };
        waits.iter().map(one).collect()
    }

    fn tasks(tasks: &[u32]) -> Vec<TaskId> {
        tasks.iter().copied().map(TaskId).collect()
    }

    fn child(children: &[u32]) -> Wait {
        Wait::Child(tasks(children))
    }

    fn readable(object: ObjectId, holders: &[u32]) -> Wait {
        Wait::Readable { object, holders: tasks(holders) }
    }

    fn futex(location: Location) -> Wait {
        Wait::Futex { location, holder: None }
    }

    fn explain(steps: Vec<Step>, waits: &[(u32, Wait)]) -> Option<Deadlock> {
        explain_deadlock(&Execution {
            steps,
            ending: Ending::Deadlock(stuck(waits)),
            leftovers: Vec::new(),
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            rehearsal: false,
            unmade: Vec::new(),
            shared: crate::Shared::default(),
        })
    }

    fn check(steps: Vec<Step>, waits: &[(u32, Wait)], expected: Cause) {
        assert_eq!(explain(steps, waits).map(|deadlock| deadlock.cause), Some(expected));
    }

    fn link(task: u32, on: u32, taken: Option<usize>) -> Link {
        Link { task: TaskId(task), on: TaskId(on), taken }
    }

    #[test]
    fn nobody_left_is_no_deadlock() {
        assert_eq!(explain(vec![], &[]), None);
    }

    #[test]
    fn a_lock_taken_twice_waits_for_itself() {
        let cause = Cause::HoldsItself { task: TaskId(1), taken: 0, location: LOCK };
        check(vec![lock(1, 0, 1), lock(1, 1, 2)], &[(0, child(&[1])), (1, futex(LOCK))], cause);
    }

    #[test]
    fn a_lock_kept_by_a_task_that_ended_is_never_released() {
        let steps = vec![lock(1, 0, 1), lock(1, 1, 0), lock(2, 0, 1), ends(2, TaskEnd::Exit(0)), lock(1, 1, 2)];
        let cause = Cause::HolderEnded { task: TaskId(1), holder: TaskId(2), taken: 2, ended: 3, location: LOCK };
        check(steps, &[(0, child(&[1])), (1, futex(LOCK))], cause);
    }

    #[test]
    fn a_semaphore_at_zero_is_held_by_nobody() {
        let waits = |task, before, after| {
            let access = Access { location: LOCK, offset: 0, size: 8, kind: AccessKind::Update, before, after };
            step(task, Action::Access(access))
        };
        let steps = vec![waits(1, 1, 0), waits(2, 0, 1 << 32), ends(1, TaskEnd::Exit(0))];
        check(steps, &[(2, futex(LOCK))], Cause::Unexplained);
    }

    #[test]
    fn a_word_that_the_waiter_itself_changed_last_is_no_circle() {
        let wait = Wait::Futex { location: LOCK, holder: Some(TaskId(1)) };
        check(vec![], &[(0, child(&[1])), (1, wait)], Cause::Unexplained);
    }

    #[test]
    fn a_reader_that_could_write_itself_waits_for_a_forgotten_end() {
        let cause = |holders: &[u32]| Cause::ForgottenEnd { task: TaskId(1), object: PIPE, holders: tasks(holders) };
        check(vec![], &[(0, child(&[1])), (1, readable(PIPE, &[1]))], cause(&[1]));
        check(vec![], &[(0, child(&[1])), (1, readable(PIPE, &[0]))], cause(&[0]));
        let both = [(0, child(&[1, 2])), (1, readable(PIPE, &[1, 2])), (2, readable(PIPE, &[1, 2]))];
        check(vec![], &both, cause(&[1, 2]));
    }

    #[test]
    fn two_that_both_read_first_wait_for_each_other() {
        let waits = [(0, readable(PIPE, &[0, 1])), (1, readable(BACK, &[0, 1]))];
        check(vec![], &waits, Cause::Cycle(vec![link(0, 1, None), link(1, 0, None)]));
    }

    #[test]
    fn locks_in_opposite_order_are_a_circle_without_the_parent() {
        let other = Location { object: ObjectId(3), word: 1 };
        let steps = vec![lock(1, 0, 1), word(other, 2, 0, 1), word(other, 1, 1, 2), lock(2, 1, 2)];
        let waits = [(0, child(&[1, 2])), (1, futex(other)), (2, futex(LOCK))];
        check(steps, &waits, Cause::Cycle(vec![link(1, 2, Some(1)), link(2, 1, Some(0))]));
    }

    #[test]
    fn deaths_are_told_in_order_and_peaceful_ends_are_not() {
        let steps = vec![ends(3, TaskEnd::Exit(101)), ends(2, TaskEnd::Exit(0)), ends(1, TaskEnd::Signal(9))];
        let deadlock = explain(steps, &[(0, readable(PIPE, &[4])), (4, readable(BACK, &[0]))]).expect("a deadlock");
        let expected = [
            Death { task: TaskId(3), end: TaskEnd::Exit(101), step: 0 },
            Death { task: TaskId(1), end: TaskEnd::Signal(9), step: 2 },
        ];
        assert_eq!(deadlock.deaths, expected);
        assert_eq!(deadlock.cause, Cause::Cycle(vec![link(0, 4, None), link(4, 0, None)]));
    }
}
