//! Each kind of fault in words: a sentence, the places it is about, and what else to know.

use explorer::{
    Action, Call, Execution, Explanation, Leftover, LeftoverKind, Limit, LostUpdate, Step, TaskEnd, TaskId,
    find_interruption,
};

use super::act;
use super::book::{Book, Place};
use super::clean;
use super::excerpt::Mark;
use super::names::{Names, had_ended, signal};
use super::rules;
use super::texts::Texts;
use super::told::limit;
use crate::comparison::{Difference, Mismatch};
use crate::grade::Shown;
use crate::judge::{Crash, Death, Fault, Kind, printed_at};

/// The most marks in an excerpt.
const MARKS: usize = 4;

/// A fault in words.
pub(super) struct Explained {
    pub(super) message: String,
    pub(super) marks: Vec<Mark>,
    pub(super) details: Vec<String>,
}

impl Explained {
    pub(super) fn of(teller: &Teller<'_>) -> Self {
        let mut explained = teller.explain(&teller.shown.failure.fault);
        let mut seen: Vec<Place> = Vec::new();
        explained.marks.retain(|mark| {
            let new = !seen.contains(&mark.place);
            seen.push(mark.place.clone());
            new
        });
        explained.marks.truncate(MARKS);
        explained.details.extend(teller.failed());
        explained
    }
}

impl From<String> for Explained {
    fn from(message: String) -> Self {
        Explained { message, marks: Vec::new(), details: Vec::new() }
    }
}

/// Puts the faults of one execution into words.
pub(super) struct Teller<'a> {
    pub(super) shown: &'a Shown,
    /// The steps that the table shows.
    pub(super) told: &'a [usize],
    pub(super) execution: &'a Execution,
    pub(super) names: &'a Names<'a>,
    pub(super) book: &'a Book,
    pub(super) texts: &'a Texts,
}

impl Teller<'_> {
    fn explain(&self, fault: &Fault) -> Explained {
        let texts = self.texts;
        match fault {
            Fault::Forbidden(what) => {
                let what = clean::line(&what.join(", "));
                texts.with("forbidden", [("what", (&what).into())]).into()
            }
            Fault::TooMuch(reached) | Fault::Timeout(reached) => self.limit(reached).into(),
            Fault::Deadlock(stuck) => self.deadlock(stuck),
            Fault::Livelock { running, waiting } => self.livelock(running, waiting),
            Fault::Crash(crash) => self.crash(*crash),
            Fault::Orphan { left, stuck } => self.orphan(left, stuck),
            Fault::Zombie(children) => {
                let message = texts.with("zombie", [("who", (&self.names.list(children)).into())]);
                Explained { marks: self.starts(children), ..message.into() }
            }
            Fault::LostUpdate { update, mismatch } => match &self.shown.kind {
                Some(Kind::Order(explanation @ (Explanation::CheckThenAct(_) | Explanation::DoubleTake(_)))) => {
                    self.order(explanation, &self.differs(mismatch))
                }
                Some(_) | None => self.lost_update(update),
            },
            Fault::WrongOutput { mismatch, deaths } => self.wrong_output(mismatch, deaths),
            Fault::Leak(left) => {
                let all: Vec<_> = left.iter().map(|left| self.leftover(left)).collect();
                let names = texts.list(&all);
                texts.with("leak", [("count", left.len().into()), ("names", (&names).into())]).into()
            }
            Fault::Mechanism { broken, .. } => {
                let message = self.shown.rule.as_ref().map_or_else(String::new, |rule| rules::say(rule, texts));
                Explained { details: rules::seen(broken, texts).into_iter().collect(), ..message.into() }
            }
        }
    }

    /// What the search made fail, in words.
    fn failed(&self) -> Vec<String> {
        let acts = act::Acts::of(self.execution, &[], self.names, self.texts);
        let failed = self.execution.steps.iter().filter(|step| matches!(step.action, Action::Call(Call::Fault(_))));
        failed
            .map(|step| {
                let (who, what) = (self.names.task(step.task), acts.tell(step));
                match self.book.place_of(Some(step)) {
                    Some(place) => self.texts.with(
                        "made-to-fail-at",
                        [("who", (&who).into()), ("what", (&what).into()), ("line", place.line.into())],
                    ),
                    None => self.texts.with("made-to-fail", [("who", (&who).into()), ("what", (&what).into())]),
                }
            })
            .collect()
    }

    fn limit(&self, reached: &Limit) -> String {
        let values = [("limit", limit(reached).into())];
        match reached {
            Limit::Steps(_) => self.texts.with("timeout-steps", values),
            Limit::ProcessorTime(_) => self.texts.with("timeout-processor", values),
            Limit::Output(_) => self.texts.with("timeout-output", values),
            Limit::Tasks(_) => self.texts.with("too-many-tasks", values),
            Limit::Memory(_) => self.texts.with("too-much-memory", values),
            Limit::Files(_) => self.texts.with("too-many-bytes", values),
        }
    }

    pub(super) fn mark(&self, step: Option<&Step>, label: String) -> Option<Mark> {
        self.book.place_of(step).map(|place| Mark { place, label })
    }

    /// Marks where tasks were started.
    pub(super) fn starts(&self, tasks: &[TaskId]) -> Vec<Mark> {
        let start = |task: TaskId| {
            self.execution
                .steps
                .iter()
                .find(|step| matches!(&step.action, Action::Call(Call::Start { child, .. }) if *child == task))
        };
        let label = |task: TaskId| self.texts.with("mark-starts", [("who", (&self.names.task(task)).into())]);
        tasks.iter().filter_map(|task| self.mark(start(*task), label(*task))).collect()
    }

    pub(super) fn death(&self, task: TaskId, end: TaskEnd) -> String {
        let (who, end) = (self.names.task(task), had_ended(end, self.texts));
        self.texts.with("deaths", [("who", (&who).into()), ("end", (&end).into())])
    }

    fn crash(&self, crash: Crash) -> Explained {
        let texts = self.texts;
        let message = match crash {
            Crash::Signal(number) => texts.with("crash-signal", [("signal", (&signal(number)).into())]),
            Crash::Panic => texts.say("crash-panic"),
            Crash::Exit { code, expected } => {
                let (code, expected) = (code.to_string(), expected.to_string());
                texts.with("crash-exit", [("code", (&code).into()), ("expected", (&expected).into())])
            }
        };
        let end = self
            .execution
            .steps
            .iter()
            .find(|step| step.task == TaskId::FIRST && matches!(step.action, Action::Call(Call::End(_))));
        let mut marks: Vec<_> = self.mark(end, texts.say("mark-ends")).into_iter().collect();
        if !self.shown.is_by_schedule() {
            return Explained { message, marks, details: Vec::new() };
        }
        let mut explained = self.in_schedule(&message);
        marks.append(&mut explained.marks);
        Explained { marks, ..explained }
    }

    fn lost_update(&self, update: &LostUpdate) -> Explained {
        let texts = self.texts;
        let (victim, other) = (self.names.task(update.victim), self.names.task(update.other));
        let message = texts.with("lost-update", [("victim", (&victim).into()), ("other", (&other).into())]);
        let step = |index: usize| self.execution.steps.get(index);
        let after = |index: usize| match step(index).map(|step| &step.action) {
            Some(action) => action.data().map_or_else(|| "…".to_owned(), |data| act::shown(action, data.after, texts)),
            None => "…".to_owned(),
        };
        let (read, written) = (after(update.read), after(update.write));
        let (read_at, written_at) = (self.book.place_of(step(update.read)), self.book.place_of(step(update.write)));
        let one_line = matches!((&read_at, &written_at), (Some(r), Some(w)) if (&r.file, r.line) == (&w.file, w.line));
        let label = if one_line {
            texts.with("mark-lost", [("read", (&read).into()), ("written", (&written).into())])
        } else {
            texts.with("mark-lost-write", [("written", (&written).into())])
        };
        let mut marks: Vec<_> = written_at.clone().map(|place| Mark { place, label }).into_iter().collect();
        if !one_line {
            let label = texts.with("mark-lost-read", [("read", (&read).into())]);
            marks.extend(read_at.map(|place| Mark { place, label }));
        }
        let overwritten = after(update.overwritten);
        let label = texts.with("mark-other", [("who", (&other).into()), ("written", (&overwritten).into())]);
        let others = self.mark(step(update.overwritten), label);
        // The same statement needs no second mark: the table shows both.
        marks.extend(others.filter(|mark| written_at.as_ref().is_none_or(|place| place.line != mark.place.line)));
        Explained { message, marks, details: Vec::new() }
    }

    /// What is wrong with the output.
    fn differs(&self, mismatch: &Mismatch) -> String {
        let texts = self.texts;
        let number = ("number", mismatch.first.number().into());
        match &mismatch.first {
            Difference::Line { .. } => texts.with("wrong-line", [number]),
            Difference::Missing { .. } => texts.with("wrong-missing", [number]),
            Difference::Extra { .. } => texts.with("wrong-extra", [number]),
            Difference::Late { before, .. } => {
                texts.with("wrong-late", [number, ("before", (&clean::line(before)).into())])
            }
        }
    }

    fn wrong_output(&self, mismatch: &Mismatch, deaths: &[Death]) -> Explained {
        let what = self.differs(mismatch);
        let details = deaths.iter().map(|death| self.death(death.task, death.end)).collect();
        if !self.shown.is_by_schedule() {
            return Explained { message: what, marks: self.printed(mismatch), details };
        }
        let explained = match &self.shown.kind {
            Some(Kind::Order(explanation)) => self.order(explanation, &what),
            Some(Kind::OutputOrder(order)) => self.output_order(order),
            Some(Kind::Waits(_) | Kind::Livelock | Kind::CrashInSchedule(_)) | None => self.came_between(&what),
        };
        let mut marks = explained.marks;
        if marks.is_empty() {
            marks = self.printed(mismatch);
        }
        Explained { marks, details: [details, explained.details].concat(), ..explained }
    }

    /// Where nothing is known that goes right: who came between two steps of another.
    fn came_between(&self, what: &str) -> Explained {
        let texts = self.texts;
        let Some(found) = find_interruption(self.execution) else {
            return texts.with("sometimes", [("what", what.into())]).into();
        };
        let (who, other) = (self.names.task(found.task), self.names.task(found.other));
        let message =
            texts.with("came-between", [("who", (&who).into()), ("other", (&other).into()), ("what", what.into())]);
        Explained { marks: self.told_marks(), ..message.into() }
    }

    /// Marks where the wrong line was printed, if it was.
    fn printed(&self, mismatch: &Mismatch) -> Vec<Mark> {
        let number = match &mismatch.first {
            Difference::Line { number, .. } | Difference::Extra { number, .. } | Difference::Late { number, .. } => {
                *number
            }
            Difference::Missing { .. } => return Vec::new(),
        };
        let Some(index) = printed_at(self.execution, number) else { return Vec::new() };
        let Some(step) = self.execution.steps.get(index) else { return Vec::new() };
        let who = self.names.task(step.task);
        let label = self.texts.with("mark-prints", [("who", (&who).into()), ("number", number.into())]);
        self.mark(Some(step), label).into_iter().collect()
    }

    fn leftover(&self, left: &Leftover) -> String {
        let name = clean::line(&left.name);
        let values = [("name", (&name).into())];
        match left.kind {
            LeftoverKind::SharedMemory => self.texts.with("left-shared-memory", values),
            LeftoverKind::Semaphore => self.texts.with("left-semaphore", values),
            LeftoverKind::SystemV => self.texts.with("left-system-v", values),
            LeftoverKind::MessageQueue => self.texts.with("left-message-queue", values),
            LeftoverKind::Fifo => self.texts.with("left-fifo", values),
            LeftoverKind::Socket => self.texts.with("left-socket", values),
            LeftoverKind::Folder => self.texts.with("left-folder", values),
            LeftoverKind::File => self.texts.with("left-file", values),
        }
    }
}
