//! The few steps that show what went wrong: which ones, and the table they make.

use std::collections::BTreeSet;

use explorer::{Access, AccessKind, Action, Call, Execution, LostUpdate, Stream, TaskId, find_interruption};

use super::act::{self, Acts};
use super::book::Book;
use super::names::Names;
use super::texts::Texts;
use crate::comparison::Mismatch;
use crate::judge::Fault;

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
    /// Whose it is: a column, from 0.
    pub column: usize,
    /// The line of the source, if known.
    pub line: Option<u32>,
    /// What was done.
    pub what: String,
    /// What stood in the contested word afterwards.
    pub value: Option<String>,
    /// What is to be noticed.
    pub note: Option<String>,
}

/// The steps that show a fault, in order; none where a table would not help.
pub fn steps(execution: &Execution, fault: &Fault) -> Vec<usize> {
    match fault {
        Fault::LostUpdate { update, .. } => lost_update(execution, update),
        Fault::WrongOutput { mismatch, .. } => wrong_output(execution, mismatch),
        Fault::Forbidden(_)
        | Fault::TooMuch(_)
        | Fault::Deadlock(_)
        | Fault::Livelock { .. }
        | Fault::Timeout(_)
        | Fault::Crash(_)
        | Fault::Orphan { .. }
        | Fault::Zombie(_)
        | Fault::Leak(_)
        | Fault::Mechanism { .. } => Vec::new(),
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

/// All that the two tasks did to the word, from the read to the write that lost it.
fn lost_update(execution: &Execution, update: &LostUpdate) -> Vec<usize> {
    let Some((_, contested)) = access(execution, update.write) else {
        return Vec::new();
    };
    let before = (0..update.read).rev().find(|index| {
        // What the other had read when it wrote makes the row before complete.
        access(execution, *index).is_some_and(|(task, found)| {
            task == update.other && found.kind == AccessKind::Load && overlap(found, contested)
        })
    });
    let others_read = (update.read..update.overwritten).any(|index| {
        access(execution, index).is_some_and(|(task, found)| task == update.other && overlap(found, contested))
    });
    let involved = |index: &usize| {
        access(execution, *index)
            .is_some_and(|(task, found)| (task == update.victim || task == update.other) && overlap(found, contested))
    };
    let mut shown: Vec<_> = before.filter(|_| !others_read).into_iter().collect();
    shown.extend((update.read..=update.write).filter(involved));
    // The read, what was overwritten last, and the write tell it; what is left out lies between.
    let key = [update.read, update.overwritten, update.write];
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

/// The step that printed the end of a line.
pub fn printed_at(execution: &Execution, number: usize) -> Option<usize> {
    let mut lines = 0;
    execution.steps.iter().position(|step| {
        if let Action::Call(Call::Print { stream: Stream::Out, bytes }) = &step.action {
            lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        lines >= number
    })
}

/// The table of these steps.
pub fn table(
    execution: &Execution,
    steps: &[usize],
    fault: &Fault,
    names: &Names<'_>,
    book: &Book,
    texts: &Texts,
) -> Option<Table> {
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
            what: acts.tell(step),
            value: contested_value(execution, *index, fault),
            note: note(execution, *index, fault, texts),
        })
    });
    Some(Table { rows: rows.collect(), columns: columns.iter().map(|task| column(*task)).collect() })
}

fn contested_value(execution: &Execution, index: usize, fault: &Fault) -> Option<String> {
    let Fault::LostUpdate { .. } = fault else { return None };
    access(execution, index).map(|(_, access)| act::shown(&execution.steps[index].action, access.after))
}

fn note(execution: &Execution, index: usize, fault: &Fault, texts: &Texts) -> Option<String> {
    let Fault::LostUpdate { update, .. } = fault else {
        return None;
    };
    if index != update.write {
        return None;
    }
    let (_, lost) = access(execution, update.overwritten)?;
    let done = &execution.steps.get(update.overwritten)?.action;
    let (before, after) = (act::amount(done, lost.before)?, act::amount(done, lost.after)?);
    // Only what was added is an amount; other writes lose a value, not a sum.
    Some(match after.checked_sub(before) {
        Some(amount) if amount != 0 => texts.with("lost", [("amount", (&amount.to_string()).into())]),
        Some(_) | None => texts.say("lost-some"),
    })
}
