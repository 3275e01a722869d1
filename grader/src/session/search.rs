//! The search itself, over anything that can be run under a scheduler.

use explorer::{
    Bounds, Ending, Execution, Exploration, Pruning, Replay, Schedule, Scheduler, Scope, Shrinking, Standing,
    Strictness,
};
use supervisor::Stacks;

use super::nearest::{further, nearest};
use super::{Explored, Finding, Judge};

/// After a failure that is not decisive, so many executions more are made to see whether one
/// nearer the cause shows up.
const FURTHER: u32 = 40;
/// At most so many executions are made to shrink a schedule.
const SHRINKING: usize = 60;
/// After so many failures that did not come again, none is believed any more.
const DISBELIEF: u32 = 3;

/// A failure as it was first met.
struct Met<F> {
    failure: F,
    rank: u32,
    schedule: Schedule,
    preemptions: u32,
    at: u32,
}

/// Explores what `run` runs. At least one execution is made.
///
/// # Errors
/// Those of `run`.
pub(super) fn search<J, E>(
    mut run: impl FnMut(Stacks, &mut dyn Scheduler) -> Result<Execution, E>,
    bounds: Bounds,
    scope: Scope,
    judge: &mut J,
    wanted: &dyn Fn() -> u32,
) -> Result<Explored<J::Failure>, E>
where
    J: Judge,
{
    let bounds = Bounds { executions: bounds.executions.max(1), ..bounds };
    let mut exploration = Exploration::with(bounds, scope, Pruning::HappensBefore);
    let mut first: Option<Execution> = None;
    let mut unmodelled: Vec<String> = Vec::new();
    let mut unreplayed = None;
    let mut disbelieved = 0;
    let mut best: Option<Met<J::Failure>> = None;
    // The schedule with the fewest choices of those that went right.
    let mut right: Option<Schedule> = None;
    // After which execution the best failure so far decides.
    let mut last = u32::MAX;
    let mut finding = loop {
        // one that counts is made in any case
        let most = if best.is_some() || first.is_none() { last } else { last.min(wanted()) };
        let next = if exploration.executions() < most { exploration.next_run() } else { None };
        let Some(mut next) = next else {
            let Some(met) = best.take() else { break None };
            match confirm(&mut run, judge, &met)? {
                Confirmed::Shown(finding) => break Some(*finding),
                // Its schedule means something else by now: it is to be found once more.
                Confirmed::Rehearsed if exploration.restart() => {}
                Confirmed::Rehearsed | Confirmed::NotShown => {
                    unreplayed.get_or_insert(met.failure);
                    disbelieved += 1;
                }
            }
            (last, right) = (u32::MAX, None);
            continue;
        };
        let execution = run(Stacks::Omitted, &mut next)?;
        let (schedule, preemptions) = (next.schedule().to_vec(), next.preemptions());
        let standing = exploration.finish(next, &execution);
        for name in &execution.unmodelled {
            if !unmodelled.contains(name) {
                unmodelled.push(name.clone());
            }
        }
        match standing {
            Standing::Counts => {}
            Standing::Rehearsed => {
                (best, last, right) = (None, u32::MAX, None);
                continue;
            }
        }
        let failure = match execution.ending {
            Ending::Abandoned => None,
            Ending::Ended | Ending::Deadlock(_) | Ending::Orphans(_) | Ending::Livelock { .. } | Ending::Limit(_) => {
                judge.judge(&execution)
            }
        };
        if right.as_ref().is_none_or(|known| schedule.len() < known.len()) && judge.is_right(&execution) {
            right = Some(schedule.clone());
        }
        let at = exploration.executions();
        if let Some(failure) = failure.filter(|_| disbelieved < DISBELIEF) {
            let rank = judge.rank(&failure);
            last = last.min(if is_last(judge, rank, &execution) { at } else { at.saturating_add(FURTHER) });
            if best.as_ref().is_none_or(|best| best.rank < rank) {
                best = Some(Met { failure, rank, schedule, preemptions, at });
            }
        }
        first.get_or_insert(execution);
    };
    let (executions, coverage) = (exploration.executions(), exploration.coverage());
    if let Some(finding) = &mut finding {
        if finding.made.is_empty() && right.is_none() && !is_long(&finding.execution) {
            right = further(&mut run, judge, &mut exploration, &finding.execution)?;
        }
        finding.right = nearest(&mut run, judge, &finding.made, right)?;
    }
    Ok(Explored {
        executions,
        coverage,
        finding,
        unreplayed,
        // The first execution after a search began anew follows no schedule, so that it is
        // always made.
        first: first.expect("at least one execution counts"),
        unmodelled,
    })
}

/// Whether a failure ends the search at once: nothing can be nearer the cause, or each further
/// execution could take as long as this one, which met a limit or would have gone on for ever.
fn is_last<J: Judge>(judge: &J, rank: u32, execution: &Execution) -> bool {
    is_long(execution) || rank >= judge.decisive_rank()
}

fn is_long(execution: &Execution) -> bool {
    match execution.ending {
        Ending::Limit(_) | Ending::Livelock { .. } => true,
        Ending::Ended | Ending::Deadlock(_) | Ending::Orphans(_) | Ending::Abandoned => false,
    }
}

/// What came of showing a failure once more.
enum Confirmed<F> {
    /// It came again.
    Shown(Box<Finding<F>>),
    /// It did not.
    NotShown,
    /// Memory came to be watched that was not watched when the failure was met, so that its
    /// schedule means something else by now.
    Rehearsed,
}

/// Shrinks the schedule of a failure, and shows it once more.
fn confirm<J, E>(
    run: &mut impl FnMut(Stacks, &mut dyn Scheduler) -> Result<Execution, E>,
    judge: &mut J,
    met: &Met<J::Failure>,
) -> Result<Confirmed<J::Failure>, E>
where
    J: Judge,
{
    let mut shrinking = Shrinking::new(met.schedule.clone(), met.preemptions);
    for _ in 0..SHRINKING {
        let Some(candidate) = shrinking.next_candidate() else {
            break;
        };
        let mut replay = Replay::new(candidate, Strictness::Lenient);
        let execution = run(Stacks::Omitted, &mut replay)?;
        if execution.rehearsal {
            return Ok(Confirmed::Rehearsed);
        }
        if judge.judge(&execution).is_some_and(|failure| judge.same(&met.failure, &failure)) {
            shrinking.accept(replay.followed(), replay.preemptions());
        }
    }
    let (smallest, _) = shrinking.best();
    let mut schedules = vec![smallest.to_vec()];
    if smallest != met.schedule {
        schedules.push(met.schedule.clone());
    }
    for schedule in schedules {
        let mut replay = Replay::new(schedule.clone(), Strictness::Strict);
        let execution = run(Stacks::Recorded, &mut replay)?;
        if execution.rehearsal {
            return Ok(Confirmed::Rehearsed);
        }
        if replay.divergence().is_some() {
            continue;
        }
        if let Some(failure) = judge.judge(&execution).filter(|failure| judge.same(&met.failure, failure)) {
            let preemptions = replay.preemptions();
            let made = replay.made();
            let finding = Finding { failure, made, preemptions, execution, met_at: met.at, right: None };
            return Ok(Confirmed::Shown(Box::new(finding)));
        }
    }
    Ok(Confirmed::NotShown)
}
