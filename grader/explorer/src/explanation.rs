//! What happened in an execution that went wrong and that another order of steps makes right:
//! the one pattern that its steps show, or plainly that the order was another.

use std::collections::HashSet;

use crate::check_then_act::checks_then_acts;
use crate::double_take::double_takes;
use crate::torn_read::torn_reads;
use crate::{
    AccessKind, Action, CheckThenAct, DoubleTake, Execution, LostUpdate, Parting, Step, TaskId, TornRead,
    find_lost_update, find_parting,
};

/// What an execution shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// A write over one that its task had not seen.
    LostUpdate(LostUpdate),
    /// A decision acted on when it was out of date.
    CheckThenAct(CheckThenAct),
    /// One part of a write seen without the other.
    TornRead(TornRead),
    /// The same item taken twice.
    DoubleTake(DoubleTake),
    /// None of these: the order of steps is all that can be shown.
    OtherOrder(Parting),
}

impl Explanation {
    /// The steps that show it, in order; none where the order is all.
    pub fn steps(&self) -> Vec<usize> {
        match self {
            Explanation::LostUpdate(lost) => vec![lost.read, lost.overwritten, lost.write],
            Explanation::CheckThenAct(found) => vec![found.check, found.change, found.act],
            Explanation::TornRead(torn) => torn.steps(),
            Explanation::DoubleTake(take) => take.steps(),
            Explanation::OtherOrder(_) => Vec::new(),
        }
    }
}

/// Explains an execution that went wrong, by one that went right under a schedule that differs
/// as little as can be. `None` where the two are the same.
///
/// A pattern counts only where the executions part in the midst of it, after its first step and
/// not after its last: what is the same in both is not what went wrong, and what lies wholly
/// behind may as well follow from it.
pub fn explain_order(wrong: &Execution, right: &Execution) -> Option<Explanation> {
    let parting = find_parting(wrong, right)?;
    let in_midst = |steps: Vec<usize>| match (steps.first(), steps.last()) {
        (Some(first), Some(last)) => *first < parting.common && parting.common <= *last,
        (_, _) => false,
    };
    let take =
        || double_takes(wrong, right).into_iter().map(Explanation::DoubleTake).find(|found| in_midst(found.steps()));
    let torn = || torn_reads(wrong).into_iter().map(Explanation::TornRead).find(|found| in_midst(found.steps()));
    let check = || {
        let found = checks_then_acts(wrong, right).into_iter().map(Explanation::CheckThenAct);
        found.into_iter().find(|found| in_midst(found.steps()))
    };
    let lost = || find_lost_update(wrong).map(Explanation::LostUpdate).filter(|found| in_midst(found.steps()));
    Some(take().or_else(torn).or_else(check).or_else(lost).unwrap_or(Explanation::OtherOrder(parting)))
}

/// Says of a lost update whether it is one of the more telling kinds: of an item taken twice, or
/// of a decision that was out of date. `None` if it is a lost update and no more.
pub fn refine_lost_update(lost: &LostUpdate, wrong: &Execution, right: &Execution) -> Option<Explanation> {
    let take = double_takes(wrong, right)
        .into_iter()
        .find(|take| [take.marks.0, take.marks.1].contains(&lost.write))
        .map(Explanation::DoubleTake);
    // What is written is computed from what was read, as a sum is: no decision then.
    let constant = || writes_one_value(lost.write, wrong, right);
    take.or_else(|| {
        if !constant() {
            return None;
        }
        if is_taken_and_given_back(lost, wrong) {
            let LostUpdate { victim, other, read, overwritten, write, .. } = *lost;
            let found = CheckThenAct { task: victim, other, check: read, change: overwritten, act: write };
            return Some(Explanation::CheckThenAct(found));
        }
        let found = checks_then_acts(wrong, right);
        found
            .into_iter()
            .find(|found| found.act == lost.write && found.task == lost.victim)
            .map(Explanation::CheckThenAct)
    })
}

/// Whether the place is used as a lock: some task, after it has written there, writes back what the
/// victim had read, and does not look before it does, as whoever counts would.
fn is_taken_and_given_back(lost: &LostUpdate, wrong: &Execution) -> bool {
    let access = |index: usize| match &wrong.steps.get(index)?.action {
        Action::Access(access) => Some(access),
        Action::Call(_) => None,
    };
    let (Some(read), Some(write)) = (access(lost.read), access(lost.write)) else { return false };
    let mut has_written: HashSet<TaskId> = HashSet::new();
    for step in &wrong.steps {
        let Action::Access(access) = &step.action else { continue };
        if (access.location, access.offset, access.size) != (write.location, write.offset, write.size) {
            continue;
        }
        if access.kind != AccessKind::Store {
            has_written.remove(&step.task);
        } else if access.after == read.after && has_written.contains(&step.task) {
            return true;
        } else {
            has_written.insert(step.task);
        }
    }
    false
}

/// Whether the instruction of this step writes the same value each time.
fn writes_one_value(write: usize, wrong: &Execution, right: &Execution) -> bool {
    let Some(step) = wrong.steps.get(write) else { return false };
    let written = |step: &Step| match &step.action {
        Action::Access(access) => Some(access.after),
        Action::Call(_) => None,
    };
    let all = wrong.steps.iter().chain(&right.steps).filter(|other| other.code == step.code);
    let value = written(step);
    all.map(written).all(|other| other == value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, end, execution, load, store};

    fn explain(wrong: &[Step], right: &[Step]) -> Option<Explanation> {
        explain_order(&execution(wrong.to_vec()), &execution(right.to_vec()))
    }

    #[test]
    fn what_both_have_in_common_explains_nothing() {
        let torn = [store(1, 0, 0, 10), load(2, 0, 10), load(2, 1, 0), store(1, 1, 0, 1)];
        let right = [&torn[..], &[load(3, 7, 0)]].concat();
        let wrong = [&torn[..], &[load(4, 7, 0)]].concat();
        assert!(matches!(explain(&wrong, &right), Some(Explanation::OtherOrder(parting)) if parting.common == 4));
    }

    #[test]
    fn the_pattern_in_which_they_part_does() {
        let wrong = [store(1, 0, 0, 10), load(2, 0, 10), load(2, 1, 0), store(1, 1, 0, 1)];
        let right = [store(1, 0, 0, 10), store(1, 1, 0, 1), load(2, 0, 10), load(2, 1, 1)];
        assert!(matches!(explain(&wrong, &right), Some(Explanation::TornRead(_))));
        assert_eq!(explain(&right, &right), None);
    }

    #[test]
    fn a_lock_lost_by_looking_first_is_more_than_a_lost_update() {
        let wrong = [load(1, 0, 0), load(2, 0, 0), store(2, 0, 0, 1), store(1, 0, 1, 1)];
        let spins = [load(1, 0, 0), store(1, 0, 0, 1), load(2, 0, 1), load(2, 0, 1)];
        let counts = [load(1, 0, 0), store(1, 0, 0, 1), load(2, 0, 1), store(2, 0, 1, 2)];
        let wrong = execution(wrong.to_vec());
        let lost = find_lost_update(&wrong).expect("an update is lost");
        let refined = |right: &[Step]| refine_lost_update(&lost, &wrong, &execution(right.to_vec()));
        assert!(matches!(refined(&spins), Some(Explanation::CheckThenAct(_))));
        assert_eq!(refined(&counts), None);
    }

    #[test]
    fn a_lock_is_known_by_being_given_back_without_a_look() {
        let refined = |back: &[Step]| {
            let wrong = [load(1, 0, 0), load(2, 0, 0), store(2, 0, 0, 1), store(1, 0, 1, 1)];
            let wrong = execution([&wrong[..], back].concat());
            let lost = find_lost_update(&wrong).expect("an update is lost");
            refine_lost_update(&lost, &wrong, &execution(Vec::new()))
        };
        let given_back = refined(&[at(9, store(1, 0, 1, 0))]);
        assert!(matches!(given_back, Some(Explanation::CheckThenAct(found)) if found.act == 3));
        // Whoever counts down looks first.
        assert_eq!(refined(&[at(8, load(1, 0, 1)), at(9, store(1, 0, 1, 0))]), None);
    }

    #[test]
    fn an_order_that_shows_no_pattern_is_another_order() {
        let wrong = [at(1, load(1, 0, 0)), end(1), store(2, 0, 0, 5)];
        let right = [store(2, 0, 0, 5), at(1, load(1, 0, 5)), end(1)];
        let found = explain(&wrong, &right);
        assert!(matches!(found, Some(Explanation::OtherOrder(parting)) if parting.difference == Some((0, 1))));
    }
}
