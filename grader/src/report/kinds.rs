//! What happened in words: the kind of a fault, where it parts from what goes right, and what
//! a task sees differently because of it.

use explorer::{Explanation, LostWakeup, Parting, TaskId, find_parting};

use super::act::Acts;
use super::excerpt::Mark;
use super::faults::{Explained, Teller};
use super::interleaving;
use crate::judge::{Kind, OutputOrder};

/// How a schedule near the failing one goes right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightTold {
    /// One sentence.
    pub message: String,
    /// Who goes on there; none where the tasks go on alike and something else differs.
    pub goes_on: Option<String>,
    /// Who went on instead when it went wrong.
    pub instead_of: Option<String>,
    /// Before which row of the table, from 1; none if the table does not show it.
    pub before_step: Option<usize>,
    /// How many steps both have in common.
    pub common_steps: usize,
}

impl Teller<'_> {
    /// What the steps show, and so what came of it.
    pub(super) fn order(&self, explanation: &Explanation, what: &str) -> Explained {
        let texts = self.texts;
        let cause = match explanation {
            Explanation::LostUpdate(lost) => {
                let (victim, other) = (self.names.task(lost.victim), self.names.task(lost.other));
                texts.with("lost-update", [("victim", (&victim).into()), ("other", (&other).into())])
            }
            Explanation::CheckThenAct(found) => {
                let (who, other) = (self.names.task(found.task), self.names.task(found.other));
                texts.with("check-then-act", [("who", (&who).into()), ("other", (&other).into())])
            }
            Explanation::TornRead(torn) => {
                let (reader, writer) = (self.names.task(torn.reader), self.names.task(torn.writer));
                texts.with("torn-read", [("reader", (&reader).into()), ("writer", (&writer).into())])
            }
            Explanation::DoubleTake(take) => {
                let (first, second) = (self.names.task(take.first), self.names.task(take.second));
                texts.with("double-take", [("first", (&first).into()), ("second", (&second).into())])
            }
            Explanation::OtherOrder(parting) => {
                let message = texts.with("another-order", [("what", what.into())]);
                let details = self.difference(parting).into_iter().collect();
                return Explained { message, marks: self.told_marks(), details };
            }
        };
        let message = texts.with("and-so", [("cause", (&cause).into()), ("what", what.into())]);
        Explained { message, marks: self.told_marks(), details: Vec::new() }
    }

    pub(super) fn output_order(&self, order: &OutputOrder) -> Explained {
        let texts = self.texts;
        let task = |index: usize| self.execution.steps.get(index).map(|step| step.task);
        let message = match (task(order.first_at), task(order.second_at)) {
            (Some(first), Some(second)) if first != second => {
                let (first, second) = (self.names.task(first), self.names.task(second));
                texts.with("order-of-output-tasks", [("first", (&first).into()), ("second", (&second).into())])
            }
            (_, _) => texts.say("order-of-output"),
        };
        Explained { message, marks: self.told_marks(), details: Vec::new() }
    }

    pub(super) fn lost_wakeup(&self, lost: &LostWakeup) -> String {
        let (who, waker) = (self.names.task(lost.sleeper), self.names.task(lost.waker));
        self.texts.with("deadlock-lost-wake-up", [("who", (&who).into()), ("waker", (&waker).into())])
    }

    /// Marks of the steps that the table shows, the last of each line: the first mark is where it
    /// went wrong.
    pub(super) fn told_marks(&self) -> Vec<Mark> {
        let acts = Acts::of(self.execution, self.told, self.names, self.texts);
        let marks = self.told.iter().rev().filter_map(|index| {
            let step = self.execution.steps.get(*index)?;
            let (who, what) = (self.names.task(step.task), interleaving::tell(self.shown, *index, &acts, self.texts)?);
            self.mark(Some(step), self.texts.with("mark-step", [("who", (&who).into()), ("what", (&what).into())]))
        });
        let mut lines: Vec<Mark> = Vec::new();
        for mark in marks {
            let same_line = |known: &Mark| (&known.place.file, known.place.line) == (&mark.place.file, mark.place.line);
            if !lines.iter().any(same_line) {
                lines.push(mark);
            }
        }
        lines
    }

    /// What a task does or sees differently when it goes right.
    pub(super) fn difference(&self, parting: &Parting) -> Option<String> {
        let right = &self.shown.right.as_ref()?.execution;
        let (here, there) = parting.difference?;
        let (here, there) = (self.execution.steps.get(here)?, right.steps.get(there)?);
        let acts = Acts::of(self.execution, &[], self.names, self.texts);
        let (did, does) = (acts.tell(here), acts.tell(there));
        if did == does {
            return None;
        }
        let who = self.names.task(here.task);
        let text = self
            .texts
            .with("does-otherwise", [("who", (&who).into()), ("here", (&did).into()), ("there", (&does).into())]);
        Some(match self.book.place_of(Some(here)) {
            Some(place) => format!("{text} ({}:{})", place.file, place.line),
            None => text,
        })
    }

    /// Where the schedule near it that goes right parts from this one. `rows` are the steps that
    /// the table shows.
    pub(super) fn right(&self, rows: &[usize]) -> Option<RightTold> {
        let right = &self.shown.right.as_ref()?.execution;
        let parting = find_parting(self.execution, right)?;
        let texts = self.texts;
        let name = |task: Option<TaskId>| task.map(|task| self.names.task(task));
        let (who, other) = (name(parting.there), name(parting.here));
        let before_step = rows.iter().position(|index| *index >= parting.common).map(|row| row + 1);
        let place = self.book.place_of(right.steps.get(parting.common));
        let message = match (&who, &other, before_step, place) {
            (Some(who), Some(other), _, _) if who == other => texts.say("right-otherwise"),
            (Some(who), _, Some(step), _) => {
                texts.with("right-before-step", [("who", who.into()), ("step", step.into())])
            }
            (Some(who), Some(other), None, Some(place)) => {
                let place = format!("{}:{}", place.file, place.line);
                let values = [("who", who.into()), ("other", other.into()), ("place", (&place).into())];
                texts.with("right-at", values)
            }
            (Some(who), Some(other), None, None) => {
                texts.with("right-first", [("who", who.into()), ("other", other.into())])
            }
            (Some(_) | None, None, _, _) | (None, Some(_), _, _) => texts.say("right-otherwise"),
        };
        let differs = who != other;
        Some(RightTold {
            message,
            goes_on: who.filter(|_| differs),
            instead_of: other.filter(|_| differs),
            before_step,
            common_steps: parting.common,
        })
    }

    /// What there is to add to a crash or another fault that only some schedules show.
    pub(super) fn in_schedule(&self, sentence: &str) -> Explained {
        match &self.shown.kind {
            Some(Kind::CrashInSchedule(explanation) | Kind::Order(explanation)) => self.order(explanation, sentence),
            Some(Kind::OutputOrder(_) | Kind::Waits(_) | Kind::Livelock) | None => sentence.to_owned().into(),
        }
    }
}
