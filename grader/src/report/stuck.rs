//! Tasks that cannot go on, or were left behind, in words.

use explorer::{Cause, Explanation, Link, Stuck, TaskEnd, TaskId, explain_deadlock};

use super::book::Place;
use super::excerpt::Mark;
use super::faults::{Explained, Teller};
use super::names::{PANIC, had_ended};
use super::waits;
use crate::judge::Kind;

impl Teller<'_> {
    /// Marks where tasks wait; those that wait at the same place share one.
    fn waits(&self, stuck: &[Stuck]) -> Vec<Mark> {
        let mut places: Vec<(Place, Vec<TaskId>)> = Vec::new();
        for one in stuck {
            if let Some(place) = self.book.place(&one.frames) {
                match places.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, tasks)) => tasks.push(one.task),
                    None => places.push((place, vec![one.task])),
                }
            }
        }
        let label = |tasks: &[TaskId]| {
            let who = self.names.list(tasks);
            self.texts.with("mark-waits", [("who", (&who).into()), ("count", tasks.len().into())])
        };
        places.into_iter().map(|(place, tasks)| Mark { place, label: label(&tasks) }).collect()
    }

    pub(super) fn deadlock(&self, stuck: &[Stuck]) -> Explained {
        let texts = self.texts;
        let waits: Vec<_> = stuck.iter().map(|stuck| waits::say(stuck, self.names, texts)).collect();
        let Some(explained) = explain_deadlock(self.execution) else {
            let message = texts.with("deadlock", [("waits", (&waits.join(", ")).into())]);
            return Explained { message, marks: self.waits(stuck), details: waits };
        };
        let mut cause = self.cause(&explained.cause, &waits);
        let mut difference = None;
        if let Some(Kind::Order(explanation)) = &self.shown.kind
            && self.shown.is_by_schedule()
        {
            match explanation {
                // That it is so in this order only is said where it goes right.
                Explanation::OtherOrder(parting) => difference = self.difference(parting),
                Explanation::LostUpdate(_)
                | Explanation::CheckThenAct(_)
                | Explanation::TornRead(_)
                | Explanation::DoubleTake(_) => cause = self.order(explanation, &cause).message,
            }
        }
        // A task that ends with a code of its own choice may be meant to; one that was killed
        // or panicked is where it began.
        let violent = |end: TaskEnd| match end {
            TaskEnd::Signal(_) => true,
            TaskEnd::Exit(code) => code == PANIC,
        };
        let first = explained.deaths.iter().find(|death| violent(death.end));
        let others = explained.deaths.iter().filter(|death| Some(*death) != first);
        let mut details: Vec<_> = others.map(|death| self.death(death.task, death.end)).collect();
        let mut marks = self.waits(stuck);
        marks.extend(self.taken(&explained.cause));
        match &explained.cause {
            Cause::LostWakeup(_) => marks.extend(self.told_marks()),
            Cause::HoldsItself { .. }
            | Cause::HolderEnded { .. }
            | Cause::ForgottenEnd { .. }
            | Cause::Cycle(_)
            | Cause::Unexplained => {}
        }
        let message = match first {
            None => cause,
            Some(death) => {
                // Without a cause to name, that sentence only repeats the first of the waits.
                if explained.cause != Cause::Unexplained {
                    details.insert(0, cause);
                }
                let (who, end) = (self.names.task(death.task), had_ended(death.end, texts));
                texts.with("deadlock-after-death", [("who", (&who).into()), ("end", (&end).into())])
            }
        };
        details.extend(difference);
        details.extend(waits);
        Explained { message, marks, details }
    }

    /// Why those that are left wait, as a sentence.
    fn cause(&self, cause: &Cause, waits: &[String]) -> String {
        let (texts, name) = (self.texts, |task: &TaskId| self.names.task(*task));
        match cause {
            Cause::HoldsItself { task, .. } => texts.with("deadlock-holds-itself", [("who", (&name(task)).into())]),
            Cause::HolderEnded { task, holder, .. } => {
                texts.with("deadlock-holder-ended", [("who", (&name(task)).into()), ("holder", (&name(holder)).into())])
            }
            Cause::ForgottenEnd { task, holders, .. } if holders.contains(task) => {
                texts.with("deadlock-own-end", [("who", (&name(task)).into())])
            }
            Cause::ForgottenEnd { task, holders, .. } => texts.with(
                "deadlock-forgotten-end",
                [
                    ("who", (&name(task)).into()),
                    ("holders", (&self.names.list(holders)).into()),
                    ("count", holders.len().into()),
                ],
            ),
            Cause::LostWakeup(lost) => self.lost_wakeup(lost),
            Cause::Cycle(links) => {
                let link = |link: &Link| {
                    texts.with("waits-for", [("who", (&name(&link.task)).into()), ("on", (&name(&link.on)).into())])
                };
                let circle = texts.list(&links.iter().map(link).collect::<Vec<_>>());
                texts.with("deadlock", [("waits", (&circle).into())])
            }
            Cause::Unexplained => {
                texts.with("deadlock", [("waits", (&waits.first().cloned().unwrap_or_default()).into())])
            }
        }
    }

    /// Marks where the locks were taken that others wait for.
    fn taken(&self, cause: &Cause) -> Vec<Mark> {
        let taken = match cause {
            Cause::HoldsItself { task, taken, .. } => vec![(*task, *taken)],
            Cause::HolderEnded { holder, taken, .. } => vec![(*holder, *taken)],
            Cause::Cycle(links) => links.iter().filter_map(|link| Some((link.on, link.taken?))).collect(),
            Cause::ForgottenEnd { .. } | Cause::LostWakeup(_) | Cause::Unexplained => Vec::new(),
        };
        let label = |who: TaskId| self.texts.with("mark-takes", [("who", (&self.names.task(who)).into())]);
        taken.into_iter().filter_map(|(who, step)| self.mark(self.execution.steps.get(step), label(who))).collect()
    }

    pub(super) fn livelock(&self, running: &[TaskId], waiting: &[Stuck]) -> Explained {
        let who = self.names.list(running);
        let message = self.texts.with("livelock", [("who", (&who).into()), ("count", running.len().into())]);
        let marks = running.iter().filter_map(|task| {
            let last = self.execution.steps.iter().rev().find(|step| step.task == *task);
            self.mark(last, self.texts.with("mark-runs", [("who", (&self.names.task(*task)).into())]))
        });
        let mut marks: Vec<_> = marks.collect();
        marks.extend(self.waits(waiting));
        let details = waiting.iter().map(|stuck| waits::say(stuck, self.names, self.texts)).collect();
        Explained { message, marks, details }
    }

    pub(super) fn orphan(&self, left: &[TaskId], stuck: &[Stuck]) -> Explained {
        let id = if stuck.is_empty() { "orphan-on-purpose" } else { "orphan-left" };
        let who = self.names.list(left);
        let values = [("who", (&who).into()), ("count", left.len().into())];
        let mut marks = self.waits(stuck);
        marks.extend(self.starts(left));
        let details = stuck.iter().map(|stuck| waits::say(stuck, self.names, self.texts)).collect();
        Explained { message: self.texts.with(id, values), marks, details }
    }
}
