//! The default policy: who goes on where a schedule says nothing, who else could, and what a
//! different choice costs.
//!
//! The task that runs goes on until it cannot. Then the one with the lowest number does. Whoever
//! could only come to wait for others waits where it stands, as long as any of them can go on. A
//! task that offers to let others go first, or that reads again what it has just read, is put
//! last: it goes on when each task that could go on at that moment has been let go on, or
//! cannot any more. This is the fair scheduling of CHESS (Musuvathi and Qadeer: Fair stateless
//! model checking, 2008), and it ends loops that wait for others. Those asleep go on when
//! nobody awake is to, in the order of their times.
//!
//! Yet neither an offer nor a sleep is a lock: whoever is put last or asleep may be let go on
//! early, which costs as much as a preemption, if it has got anywhere since it was last put
//! last. The last condition keeps the number of schedules finite. A spinning task that is let
//! go on early spins on for a while, and nobody is let go on in between: the locks of many
//! libraries look at a word a hundred times before they fall asleep, and only then do others
//! see that somebody waits.
//!
//! A delayed store comes to memory when nobody else is to go on, and at no cost at any moment
//! before. Whoever is put last waits for the stores that are delayed at that moment too, so
//! that no loop outlasts them.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::history::History;
use crate::spinning::{Progress, Spinning};
use crate::{Action, Call, ChoicePoint, Pending, Ready, Step, TaskId, Way};

/// The state of the policy during one execution.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    spinning: Spinning,
    /// Whom it let go on last.
    last: Option<TaskId>,
    /// Whether what `last` is about to do has been looked at.
    settled: bool,
    turns: BTreeMap<TaskId, Turn>,
}

/// What the policy remembers of a task.
#[derive(Clone, Debug)]
struct Turn {
    /// Those that go first.
    behind: BTreeSet<TaskId>,
    /// Whether it is put last for what it is about to look at.
    spins: bool,
    /// Whether it got anywhere since it was last put last or slept.
    progress: Progress,
    /// Whether it had, when it was.
    early: Progress,
    /// How often it may still look again before it is put last.
    patience: u32,
}

/// So often does a spinning task look again that is let go on early: a lock of Rust's library or
/// of the C library does so a hundred times.
const PATIENCE: u32 = 200;

impl Default for Turn {
    fn default() -> Self {
        Turn { behind: BTreeSet::new(), spins: false, progress: Progress::Made, early: Progress::Made, patience: 0 }
    }
}

/// A choice point as the policy sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// Who went on last, if it may simply go on: choosing another one is a preemption.
    pub(crate) runner: Option<TaskId>,
    /// The policy's choice.
    pub(crate) default: TaskId,
    /// The other choices, in the order of their numbers.
    pub(crate) others: Vec<Candidate>,
}

/// Somebody else who could go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Who.
    pub(crate) task: TaskId,
    /// In preemptions: 0 or 1.
    pub(crate) cost: u32,
}

impl View {
    /// What choosing `task` costs. Whoever is neither the default nor among the others costs
    /// as much as a preemption too; only a recorded schedule can ask for it. A step that fails
    /// or is delayed costs one more.
    pub(crate) fn cost(&self, task: TaskId, way: Way) -> u32 {
        let more = match way {
            Way::Plain => 0,
            Way::Fails(_) | Way::Delays => 1,
        };
        if task == self.default {
            return more;
        }
        self.others.iter().find(|other| other.task == task).map_or(1, |other| other.cost) + more
    }
}

impl Policy {
    /// Looks at a choice point. `None` only where nobody is ready.
    pub(crate) fn look(&mut self, point: &ChoicePoint<'_>) -> Option<View> {
        let stalled = point.ready.iter().all(|ready| ready.stalls);
        let ready: Vec<&Ready> = point.ready.iter().filter(|ready| stalled || !ready.stalls).collect();
        let last = self.last.or(point.current);
        if let Some(last) = ready.iter().find(|ready| Some(ready.task) == last)
            && !self.settled
        {
            self.settle(last, &ready);
        }
        self.settled = true;
        let able: Vec<TaskId> = ready.iter().map(|ready| ready.task).collect();
        for ready in &ready {
            let spins = self.spinning.spins(ready);
            if let Some(turn) = self.turns.get_mut(&ready.task) {
                if turn.spins && !spins {
                    turn.behind.clear();
                }
                turn.behind.retain(|other| able.contains(other));
            }
        }
        let fair = self.fair(&ready);
        let runner =
            last.filter(|last| fair.contains(last) && ready.iter().any(|ready| ready.task == *last && awake(ready)));
        let default = runner.or_else(|| fair.first().copied())?;
        if ready.iter().any(|ready| Some(ready.task) == runner && self.spins_on(ready)) {
            return Some(View { runner, default, others: Vec::new() });
        }
        let others = ready.iter().filter(|ready| ready.task != default).filter_map(|ready| {
            let is_fair = fair.contains(&ready.task);
            let early = self.turns.get(&ready.task).is_none_or(|turn| turn.early == Progress::Made);
            let cost = u32::from(!ready.task.is_buffer() && (runner.is_some() || !is_fair));
            (is_fair || early).then_some(Candidate { task: ready.task, cost })
        });
        Some(View { runner, default, others: others.collect() })
    }

    /// `task` goes on.
    pub(crate) fn commit(&mut self, task: TaskId) {
        for turn in self.turns.values_mut() {
            turn.behind.remove(&task);
        }
        if task.is_buffer() {
            return;
        }
        if let Some(turn) = self.turns.get_mut(&task) {
            if turn.spins && !turn.behind.is_empty() {
                turn.patience = PATIENCE;
            }
            turn.behind.clear();
            turn.spins = false;
        }
        self.last = Some(task);
        self.settled = false;
    }

    /// Takes note of what came of it.
    pub(crate) fn observe(&mut self, step: &Step) {
        if self.spinning.observe(step) == Progress::Made {
            let turn = self.turns.entry(step.task).or_default();
            turn.progress = Progress::Made;
            turn.patience = 0;
        }
        if let Action::Call(Call::End(_)) = step.action {
            self.turns.remove(&step.task);
        }
    }

    /// The digest of all that makes a difference to later choices, apart from what the steps
    /// so far say.
    pub(crate) fn digest(&self, view: &View, ready: &[Ready], history: &History) -> Digest {
        let name = |task: TaskId| history.name(task);
        let mut all = Digest::of(&view.runner.map(name));
        for (&task, turn) in &self.turns {
            if turn.progress == Progress::None {
                all = all.with(Digest::of(&("idle", name(task))));
            }
            if turn.patience > 0 {
                all = all.with(Digest::of(&("patient", name(task), turn.patience)));
            }
            if !turn.behind.is_empty() {
                let behind = turn.behind.iter().fold(Digest::default(), |all, &task| all.with(name(task)));
                all = all.with(Digest::of(&("behind", name(task), behind, turn.spins, turn.early)));
            }
        }
        for ready in ready {
            match ready.next {
                Pending::Wake { at } => {
                    let early = self.turns.get(&ready.task).map(|turn| turn.early);
                    all = all.with(Digest::of(&("asleep", name(ready.task), at, early)));
                }
                Pending::Yield | Pending::Slice => all = all.with(Digest::of(&("offers", name(ready.task)))),
                Pending::Begin | Pending::Access { .. } | Pending::Call { .. } | Pending::Flush { .. } => {}
            }
        }
        all
    }

    /// Puts whoever went on last behind the others, if what it is about to do says so.
    fn settle(&mut self, last: &Ready, ready: &[&Ready]) {
        let spins = self.spinning.spins(last);
        let offers = match last.next {
            Pending::Yield | Pending::Slice => true,
            Pending::Begin
            | Pending::Access { .. }
            | Pending::Call { .. }
            | Pending::Flush { .. }
            | Pending::Wake { .. } => false,
        };
        if !spins && !offers && awake(last) {
            return;
        }
        let turn = self.turns.entry(last.task).or_default();
        turn.patience = turn.patience.saturating_sub(1);
        if spins && turn.patience > 0 {
            return;
        }
        turn.early = turn.progress;
        turn.progress = Progress::None;
        turn.spins = spins;
        if awake(last) {
            turn.behind = ready.iter().map(|ready| ready.task).filter(|task| *task != last.task).collect();
        }
    }

    /// Whether it is about to look again, as it was let do.
    fn spins_on(&self, ready: &Ready) -> bool {
        self.turns.get(&ready.task).is_some_and(|turn| turn.patience > 0) && self.spinning.spins(ready)
    }

    /// Who may go on as far as fairness goes; never empty, unless `ready` is. Nobody can be
    /// behind each other in a circle: whoever is put last has just been let go on, so that
    /// nobody is behind it any more.
    fn fair(&self, ready: &[&Ready]) -> Vec<TaskId> {
        let is_behind = |ready: &Ready| self.turns.get(&ready.task).is_some_and(|turn| !turn.behind.is_empty());
        let fair: Vec<TaskId> =
            ready.iter().filter(|ready| awake(ready) && !is_behind(ready)).map(|ready| ready.task).collect();
        if !fair.is_empty() {
            return fair;
        }
        let wake = |ready: &&Ready| match ready.next {
            Pending::Wake { at } => Some(at),
            Pending::Begin
            | Pending::Access { .. }
            | Pending::Call { .. }
            | Pending::Flush { .. }
            | Pending::Yield
            | Pending::Slice => None,
        };
        let first = ready.iter().filter_map(wake).min();
        ready.iter().filter(|ready| wake(ready) == first).map(|ready| ready.task).collect()
    }
}

/// Whether it is not asleep.
fn awake(ready: &Ready) -> bool {
    match ready.next {
        Pending::Wake { .. } => false,
        Pending::Begin
        | Pending::Access { .. }
        | Pending::Call { .. }
        | Pending::Flush { .. }
        | Pending::Yield
        | Pending::Slice => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, AccessKind, CodeAddress, Location, ObjectId};

    const WORD: Location = Location { object: ObjectId(1), word: 0 };

    fn ready(next: &[(u32, Pending)]) -> Vec<Ready> {
        let one = |(task, next): &(u32, Pending)| Ready {
            task: TaskId(*task),
            code: CodeAddress(1),
            next: next.clone(),
            faults: Vec::new(),
            midway: false,
            stalls: false,
        };
        next.iter().map(one).collect()
    }

    fn call() -> Pending {
        Pending::Call { objects: Vec::new() }
    }

    fn look() -> Pending {
        Pending::Access { location: WORD, size: 8, kind: AccessKind::Load }
    }

    fn looked(task: u32) -> Step {
        let access = Access { location: WORD, offset: 0, size: 8, kind: AccessKind::Load, before: 0, after: 0 };
        let action = Action::Access(access);
        Step { task: TaskId(task), code: CodeAddress(1), frames: Vec::new(), action, touched: Vec::new() }
    }

    fn wrote(task: u32) -> Step {
        let access = Access { location: WORD, offset: 0, size: 8, kind: AccessKind::Store, before: 0, after: 1 };
        Step { action: Action::Access(access), ..looked(task) }
    }

    /// The default, and the others with what they cost.
    #[track_caller]
    fn check(policy: &mut Policy, next: &[(u32, Pending)], default: u32, others: &[(u32, u32)]) {
        let view = policy.look(&ChoicePoint { current: None, ready: &ready(next) }).expect("somebody is ready");
        assert_eq!(view.default, TaskId(default));
        let found: Vec<_> = view.others.iter().map(|other| (other.task.0, other.cost)).collect();
        assert_eq!(found, others);
    }

    #[test]
    fn whoever_runs_goes_on_and_to_part_it_costs_a_preemption() {
        let mut policy = Policy::default();
        check(&mut policy, &[(1, call()), (2, call())], 1, &[(2, 0)]);
        policy.commit(TaskId(2));
        check(&mut policy, &[(1, call()), (2, call()), (3, call())], 2, &[(1, 1), (3, 1)]);
    }

    #[test]
    fn when_it_cannot_the_others_cost_nothing() {
        let mut policy = Policy::default();
        policy.commit(TaskId(2));
        check(&mut policy, &[(1, call()), (3, Pending::Begin)], 1, &[(3, 0)]);
    }

    #[test]
    fn an_offer_lets_every_other_one_go_first() {
        let mut policy = Policy::default();
        policy.commit(TaskId(1));
        let offered = |other| vec![(1, Pending::Yield), (2, other), (3, call())];
        check(&mut policy, &offered(call()), 2, &[(1, 1), (3, 0)]);
        policy.commit(TaskId(2));
        check(&mut policy, &offered(call()), 2, &[(1, 1), (3, 1)]);
        policy.commit(TaskId(3));
        check(&mut policy, &offered(call()), 3, &[(1, 1), (2, 1)]);
        check(&mut policy, &[(1, Pending::Yield), (2, call())], 1, &[(2, 0)]);
    }

    #[test]
    fn an_offer_without_progress_since_the_last_is_kept() {
        let mut policy = Policy::default();
        let offered = [(1, Pending::Yield), (2, call())];
        policy.commit(TaskId(1));
        check(&mut policy, &offered, 2, &[(1, 1)]);
        policy.commit(TaskId(1));
        check(&mut policy, &offered, 2, &[]);
        policy.commit(TaskId(2));
        policy.commit(TaskId(1));
        policy.observe(&wrote(1));
        check(&mut policy, &offered, 2, &[(1, 1)]);
    }

    #[test]
    fn a_look_that_is_repeated_waits_until_something_changes() {
        let mut policy = Policy::default();
        policy.commit(TaskId(1));
        policy.observe(&looked(1));
        let next = [(1, look()), (2, call()), (3, call())];
        check(&mut policy, &next, 2, &[(1, 1), (3, 0)]);
        policy.commit(TaskId(2));
        policy.observe(&wrote(2));
        check(&mut policy, &next, 2, &[(1, 1), (3, 1)]);
        policy.commit(TaskId(3));
        check(&mut policy, &[(1, look()), (2, call())], 1, &[(2, 0)]);
    }

    #[test]
    fn one_that_spins_and_goes_on_early_spins_on_for_a_while_and_alone() {
        let mut policy = Policy::default();
        policy.commit(TaskId(1));
        policy.observe(&looked(1));
        let next = [(1, look()), (2, call())];
        check(&mut policy, &next, 2, &[(1, 1)]);
        for _ in 1..PATIENCE {
            policy.commit(TaskId(1));
            policy.observe(&looked(1));
            check(&mut policy, &next, 1, &[]);
        }
        policy.commit(TaskId(1));
        policy.observe(&looked(1));
        check(&mut policy, &next, 2, &[]);
    }

    #[test]
    fn one_that_spins_on_gives_way_where_it_does_something_else() {
        let mut policy = Policy::default();
        policy.commit(TaskId(1));
        policy.observe(&looked(1));
        let next = [(1, look()), (2, call())];
        check(&mut policy, &next, 2, &[(1, 1)]);
        policy.commit(TaskId(1));
        check(&mut policy, &[(1, call()), (2, call())], 1, &[(2, 1)]);
        policy.commit(TaskId(1));
        policy.observe(&wrote(1));
        policy.commit(TaskId(1));
        policy.observe(&looked(1));
        check(&mut policy, &next, 2, &[(1, 1)]);
    }

    #[test]
    fn sleepers_go_when_nobody_awake_is_to_and_by_their_times() {
        let mut policy = Policy::default();
        let asleep = |at| Pending::Wake { at };
        check(&mut policy, &[(1, asleep(20)), (2, asleep(10)), (3, call())], 3, &[(1, 1), (2, 1)]);
        check(&mut policy, &[(1, asleep(20)), (2, asleep(10)), (3, asleep(10))], 2, &[(1, 1), (3, 0)]);
    }

    #[test]
    fn one_that_offers_again_and_again_lets_a_sleeper_wake() {
        let mut policy = Policy::default();
        policy.commit(TaskId(1));
        check(&mut policy, &[(1, Pending::Yield), (2, Pending::Wake { at: 1000 })], 2, &[(1, 1)]);
    }
}
