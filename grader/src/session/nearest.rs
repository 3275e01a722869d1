//! Finds a schedule that goes right and differs as little as can be from one that goes wrong.
//! Never looks far: it is a help to the reader, and no verdict rests on it.

use explorer::{Choice, Execution, Exploration, Made, Replay, Schedule, Scheduler, Standing, Strictness};
use supervisor::Stacks;

use super::{Judge, Right};

/// At most so many changes of the failing schedule are tried.
const TRIES: usize = 12;
/// At most so many further schedules are looked at where the failing one is the default.
const FURTHER: usize = 20;
/// An execution of more steps than that is not made again just to look.
const LONG: usize = 20_000;

/// Tries the failing schedule without one of its choices, the last one first; then with another
/// task at its last choice; then those in `known`, which went right before.
///
/// # Errors
/// Those of `run`.
pub(super) fn nearest<J, E>(
    run: &mut impl FnMut(Stacks, &mut dyn Scheduler) -> Result<Execution, E>,
    judge: &J,
    made: &[Made],
    known: Option<Schedule>,
) -> Result<Option<Right>, E>
where
    J: Judge,
{
    for candidate in candidates(made).into_iter().take(TRIES).chain(known) {
        let mut replay = Replay::new(candidate, Strictness::Strict);
        let execution = run(Stacks::Recorded, &mut replay)?;
        if replay.divergence().is_none() && !execution.rehearsal && judge.is_right(&execution) {
            return Ok(Some(Right { made: replay.made(), execution }));
        }
    }
    Ok(None)
}

fn candidates(made: &[Made]) -> Vec<Schedule> {
    let choices: Schedule = made.iter().map(|made| made.choice).collect();
    let without = (0..choices.len()).rev().map(|left_out| {
        let mut candidate = choices.clone();
        candidate.remove(left_out);
        candidate
    });
    let others = made.last().into_iter().flat_map(|last| {
        let others = last.ready.iter().filter(|task| **task != last.choice.task);
        others.map(|task| Choice::plain(last.choice.point, *task))
    });
    let begin = &choices[..choices.len().saturating_sub(1)];
    let instead = others.map(|other| [begin, &[other]].concat());
    let mut all: Vec<Schedule> = Vec::new();
    for candidate in without.chain(instead) {
        if !all.contains(&candidate) {
            all.push(candidate);
        }
    }
    all
}

/// Goes on with a search whose first schedule went wrong, until one goes right.
///
/// # Errors
/// Those of `run`.
pub(super) fn further<J, E>(
    run: &mut impl FnMut(Stacks, &mut dyn Scheduler) -> Result<Execution, E>,
    judge: &J,
    exploration: &mut Exploration,
    wrong: &Execution,
) -> Result<Option<Schedule>, E>
where
    J: Judge,
{
    if wrong.steps.len() > LONG {
        return Ok(None);
    }
    for _ in 0..FURTHER {
        let Some(mut next) = exploration.next_run() else { break };
        let execution = run(Stacks::Omitted, &mut next)?;
        let schedule = next.schedule().to_vec();
        match exploration.finish(next, &execution) {
            Standing::Counts if judge.is_right(&execution) => return Ok(Some(schedule)),
            Standing::Counts => {}
            // Schedules mean something else from here on, the failing one too.
            Standing::Rehearsed => break,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use explorer::TaskId;

    use super::*;

    fn made(point: u64, task: u32, ready: &[u32]) -> Made {
        let ready = ready.iter().copied().map(TaskId).collect();
        Made { choice: Choice::plain(point, TaskId(task)), ready }
    }

    fn check(made: &[Made], expected: &[&[(u64, u32)]]) {
        let found: Vec<Vec<(u64, u32)>> = candidates(made)
            .iter()
            .map(|schedule| schedule.iter().map(|choice| (choice.point, choice.task.0)).collect())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_last_choice_is_taken_back_first() {
        let two = [made(3, 1, &[0, 1]), made(7, 2, &[1, 2, 3])];
        check(&two, &[&[(3, 1)], &[(7, 2)], &[(3, 1), (7, 1)], &[(3, 1), (7, 3)]]);
        check(&[made(3, 1, &[0, 1])], &[&[], &[(3, 0)]]);
        check(&[], &[]);
    }
}
