//! The few steps that show what went wrong: which ones, and the table they make.

use std::collections::BTreeSet;

use explorer::{
    Access, AccessKind, Action, Call, Cause, Execution, Explanation, LostUpdate, Stream, TaskId, find_interruption,
};

use super::act::{self, Acts};
use super::book::Book;
use super::names::Names;
use super::texts::Texts;
use crate::comparison::Mismatch;
use crate::grade::Shown;
use crate::judge::{Fault, Kind, printed_at};

/// The most rows.
const ROWS: usize = 8;

/// A table of steps with a column for each task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The tasks' names.
    pub columns: Vec<String>,
    /// The steps.
    pub rows: Vec<Row>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number among all steps of the execution, from 1, as `replay` counts them.
    pub number: usize,
    /// Whose it is: a column, from 0.
    pub column: usize,
    /// The line of the source, if known.
    pub line: Option<u32>,
    /// The function, where no line is known: `deposit+18`.
    pub function: Option<String>,
    /// What was done.
    pub what: String,
    /// What stood in the contested word afterwards.
    pub value: Option<String>,
    /// What is to be noticed.
    pub note: Option<String>,
}

/// The steps that show a fault, in order; none where a table would not help.
pub fn steps(shown: &Shown) -> Vec<usize> {
    let execution = &shown.execution;
    let mut steps = match (&shown.kind, &shown.failure.fault) {
        (Some(Kind::Order(explanation) | Kind::CrashInSchedule(explanation)), _) => order(execution, explanation),
        (Some(Kind::OutputOrder(order)), _) => vec![order.first_at, order.second_at],
        (Some(Kind::Waits(cause)), _) => waits(execution, cause),
        (Some(Kind::Livelock), _) => Vec::new(),
        (None, Fault::LostUpdate { update, .. }) => lost_update(execution, update),
        (None, _) => Vec::new(),
    };
    if let (true, Fault::WrongOutput { mismatch, .. }) = (steps.is_empty(), &shown.failure.fault) {
        steps = wrong_output(execution, mismatch);
    }
    steps.sort_unstable();
    steps.dedup();
    steps.truncate(ROWS);
    steps
}

fn order(execution: &Execution, explanation: &Explanation) -> Vec<usize> {
    match explanation {
        Explanation::LostUpdate(update) => lost_update(execution, update),
        Explanation::CheckThenAct(found) => {
            // The same shape: a read, what another wrote, and what was done after it.
            let Some((_, contested)) = access(execution, found.check) else { return explanation.steps() };
            let key = [found.check, found.change, found.act];
            between(execution, contested, key, (found.task, found.other))
        }
        Explanation::TornRead(_) | Explanation::DoubleTake(_) => explanation.steps(),
        Explanation::OtherOrder(parting) => {
            parting.difference.map_or_else(Vec::new, |(here, _)| around_look(execution, here))
        }
    }
}

/// A look at a place, with the change that it saw and the one that it came before.
fn around_look(execution: &Execution, look: usize) -> Vec<usize> {
    let Some((task, looked)) = access(execution, look) else { return Vec::new() };
    let changes = |index: &usize| {
        access(execution, *index)
            .is_some_and(|(other, found)| other != task && found.changed() && overlap(found, looked))
    };
    let before = (0..look).rev().find(changes);
    let after = (look..execution.steps.len()).find(changes);
    before.into_iter().chain([look]).chain(after).collect()
}

/// The steps that led to waits which never end.
fn waits(execution: &Execution, cause: &Cause) -> Vec<usize> {
    let last = |task: TaskId| execution.steps.iter().rposition(|step| step.task == task);
    match cause {
        Cause::HoldsItself { task, taken, .. } => std::iter::once(*taken).chain(last(*task)).collect(),
        Cause::HolderEnded { task, taken, ended, .. } => [*taken, *ended].into_iter().chain(last(*task)).collect(),
        Cause::Cycle(links) if links.iter().all(|link| link.taken.is_some()) => {
            links.iter().flat_map(|link| link.taken.into_iter().chain(last(link.task))).collect()
        }
        Cause::LostWakeup(lost) => {
            // What the sleeper saw last before, and what the waker had changed.
            let seen = (0..lost.wake).rev().find(|index| {
                access(execution, *index)
                    .is_some_and(|(task, found)| task == lost.sleeper && found.kind == AccessKind::Load)
            });
            let changed = (seen.unwrap_or(0)..lost.wake).rev().find(|index| {
                access(execution, *index).is_some_and(|(task, found)| task == lost.waker && found.changed())
            });
            let seen = seen.filter(|_| changed.is_some());
            seen.into_iter().chain(changed).chain([lost.wake, lost.sleep]).collect()
        }
        Cause::Cycle(_) | Cause::ForgottenEnd { .. } | Cause::Unexplained => Vec::new(),
    }
}

fn access(execution: &Execution, index: usize) -> Option<(TaskId, &Access)> {
    let step = execution.steps.get(index)?;
    step.action.data().map(|access| (step.task, access))
}

fn overlap(one: &Access, other: &Access) -> bool {
    one.location.object == other.location.object
        && one.offset < other.offset + u64::from(other.size)
        && other.offset < one.offset + u64::from(one.size)
}

fn lost_update(execution: &Execution, update: &LostUpdate) -> Vec<usize> {
    let Some((_, contested)) = access(execution, update.write) else {
        return Vec::new();
    };
    let key = [update.read, update.overwritten, update.write];
    between(execution, contested, key, (update.victim, update.other))
}

/// All that two tasks did to a word, from the read of the first to what it did about it.
fn between(
    execution: &Execution,
    contested: &Access,
    key: [usize; 3],
    (victim, other): (TaskId, TaskId),
) -> Vec<usize> {
    let [read, overwritten, write] = key;
    let before = (0..read).rev().find(|index| {
        // What the other had read when it wrote makes the row before complete.
        access(execution, *index)
            .is_some_and(|(task, found)| task == other && found.kind == AccessKind::Load && overlap(found, contested))
    });
    let others_read = (read..overwritten)
        .any(|index| access(execution, index).is_some_and(|(task, found)| task == other && overlap(found, contested)));
    let involved = |index: &usize| {
        key.contains(index)
            || access(execution, *index)
                .is_some_and(|(task, found)| (task == victim || task == other) && overlap(found, contested))
    };
    let mut shown: Vec<_> = before.filter(|_| !others_read).into_iter().collect();
    shown.extend((read..=write).filter(involved));
    // The read, what was overwritten last, and the write tell it; what is left out lies between.
    while shown.len() > ROWS {
        match shown.iter().position(|index| !key.contains(index)) {
            Some(place) => shown.remove(place),
            None => break,
        };
    }
    shown
}

/// Where one task came between two steps of another; without that, the last messages and lines
/// before the wrong line was printed.
fn wrong_output(execution: &Execution, mismatch: &Mismatch) -> Vec<usize> {
    let end = printed_at(execution, mismatch.first.number()).unwrap_or(execution.steps.len());
    if let Some(found) = find_interruption(execution) {
        let skip = found.between.len().saturating_sub(ROWS - 2);
        let between = found.between.into_iter().skip(skip);
        return std::iter::once(found.before).chain(between).chain([found.after]).collect();
    }
    let exchanges = |index: &usize| match execution.steps.get(*index).map(|step| &step.action) {
        Some(Action::Call(call)) => match call {
            Call::Send { .. } | Call::File(_) | Call::Print { stream: Stream::Out, .. } => true,
            Call::Receive { bytes, .. } => *bytes > 0,
            Call::Start { .. }
            | Call::Execute { .. }
            | Call::End(_)
            | Call::Reap { .. }
            | Call::WaitForChild
            | Call::Print { stream: Stream::Err, .. }
            | Call::Input { .. }
            | Call::LockFile { .. }
            | Call::UnlockFile { .. }
            | Call::FutexWait { .. }
            | Call::FutexWake { .. }
            | Call::Sleep { .. }
            | Call::Yield
            | Call::Fault(_)
            | Call::Signal { .. }
            | Call::Other { .. } => false,
        },
        Some(Action::Access(_)) | None => false,
    };
    let mut shown: Vec<_> = (0..=end.min(execution.steps.len())).rev().filter(exchanges).take(ROWS).collect();
    shown.reverse();
    shown
}

/// The table of these steps.
pub fn table(shown: &Shown, steps: &[usize], names: &Names<'_>, book: &Book, texts: &Texts) -> Option<Table> {
    let execution = &shown.execution;
    let values = are_of_one_place(execution, steps);
    let tasks: BTreeSet<TaskId> = steps.iter().filter_map(|index| Some(execution.steps.get(*index)?.task)).collect();
    // One task's steps are no interleaving.
    if tasks.len() < 2 {
        return None;
    }
    let acts = Acts::of(execution, steps, names, texts);
    let columns: Vec<TaskId> = tasks.into_iter().collect();
    let column = |task: TaskId| texts.with("column", [("name", (&names.task(task)).into())]);
    let rows = steps.iter().filter_map(|index| {
        let step = execution.steps.get(*index)?;
        Some(Row {
            column: columns.iter().position(|task| *task == step.task)?,
            line: book.place_of(Some(step)).map(|place| place.line),
            function: book.function(&step.frames),
            what: tell(shown, *index, &acts, texts)?,
            number: index + 1,
            value: access(execution, *index).filter(|_| values).map(|(_, found)| act::value(found, found.after, texts)),
            note: note(shown, *index, texts),
        })
    });
    Some(Table { rows: rows.collect(), columns: columns.iter().map(|task| column(*task)).collect() })
}

/// What a step did, in the words of what it was done for.
pub fn tell(shown: &Shown, index: usize, acts: &Acts<'_>, texts: &Texts) -> Option<String> {
    let step = shown.execution.steps.get(index)?;
    let Some(Kind::Waits(cause)) = &shown.kind else { return Some(acts.tell(step)) };
    let link = match cause {
        Cause::HoldsItself { taken, .. } | Cause::HolderEnded { taken, .. } if *taken == index => {
            return Some(texts.say("takes-lock"));
        }
        Cause::Cycle(links) if links.iter().any(|link| link.taken == Some(index)) => {
            return Some(texts.say("takes-lock"));
        }
        Cause::LostWakeup(lost) if lost.wake == index => return Some(texts.say("wakes-nobody-yet")),
        Cause::LostWakeup(lost) if lost.sleep == index => return Some(texts.say("begins-to-wait")),
        Cause::Cycle(links) => links.iter().find(|link| link.task == step.task),
        Cause::HoldsItself { .. }
        | Cause::HolderEnded { .. }
        | Cause::LostWakeup(_)
        | Cause::ForgottenEnd { .. }
        | Cause::Unexplained => None,
    };
    Some(match link {
        Some(link) => texts.with("waits-for-lock", [("who", (&acts.name(link.on)).into())]),
        None => acts.tell(step),
    })
}

/// Whether all these steps are accesses to the same place, so that a column can say what stood
/// there afterwards.
fn are_of_one_place(execution: &Execution, steps: &[usize]) -> bool {
    let mut places =
        steps.iter().map(|index| access(execution, *index).map(|(_, found)| (found.location, found.offset)));
    let Some(Some(first)) = places.next() else { return false };
    places.all(|place| place == Some(first))
}

fn note(shown: &Shown, index: usize, texts: &Texts) -> Option<String> {
    let execution = &shown.execution;
    match &shown.kind {
        Some(Kind::Order(Explanation::LostUpdate(update)) | Kind::CrashInSchedule(Explanation::LostUpdate(update)))
            if index == update.write =>
        {
            let (_, lost) = access(execution, update.overwritten)?;
            let done = &execution.steps.get(update.overwritten)?.action;
            let (Some(before), Some(after)) = (act::amount(done, lost.before), act::amount(done, lost.after)) else {
                return Some(texts.say("lost-some"));
            };
            // Only what was added is an amount; other writes lose a value, not a sum.
            Some(match after.checked_sub(before) {
                Some(amount) if amount != 0 => texts.with("lost", [("amount", (&amount.to_string()).into())]),
                Some(_) | None => texts.say("lost-some"),
            })
        }
        Some(
            Kind::Order(Explanation::CheckThenAct(found)) | Kind::CrashInSchedule(Explanation::CheckThenAct(found)),
        ) if index == found.act => {
            let (_, check) = access(execution, found.check)?;
            let value = act::value(check, check.after, texts);
            Some(texts.with("had-read", [("value", (&value).into())]))
        }
        Some(_) | None => None,
    }
}
