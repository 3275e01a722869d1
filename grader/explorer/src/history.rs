//! The state that an execution has come to, as a digest: equal where all that can follow is
//! equal.
//!
//! The state is what each task has seen so far, what shared memory holds, and what has happened
//! to every other object. A task is a function of what it has seen. Of an access to memory it
//! has seen a value, whoever wrote it: two orders of steps that show every task the same values,
//! and leave the same behind, come to the same state. Of a system call it has seen what had
//! happened to the objects that it touched, which is their happens-before graph (CHESS'
//! happens-before caching: Musuvathi and Qadeer: Partial-order reduction for context-bounded
//! state exploration, 2007; that values can stand for the graph is the observation of Huang:
//! Stateless model checking with maximal causality reduction, 2015).

use std::collections::HashMap;

use crate::digest::Digest;
use crate::{Access, Action, Call, Location, Step, Stream, TaskId, TaskKind, Touch};

/// The name of a task that is the same in every execution in which it has the same history.
pub(crate) type TaskName = Digest;

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The members of the state: what `tasks`, `happened` and `values` say.
    state: Digest,
    tasks: HashMap<TaskId, TaskHistory>,
    /// What has happened to places, other than that values changed there.
    happened: HashMap<Place, Happened>,
    /// By which values the words of shared memory differ from what they were at first.
    values: HashMap<Location, Digest>,
    /// How many tasks live in an address space, named after the first of them.
    inhabitants: HashMap<TaskName, u32>,
}

#[derive(Clone, Copy, Debug)]
struct TaskHistory {
    name: TaskName,
    space: TaskName,
    made: u32,
    /// What it has done and seen.
    seen: Digest,
}

/// Where steps can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Object(Location),
    /// An address space. What threads do to each other in their common memory is not seen,
    /// so that each step of a thread counts as one that changed all of it.
    Space(TaskName),
    /// A task itself: signals change it, its own steps look at it.
    Task(TaskName),
    /// The end of a task, between it and whoever waits for it.
    End(TaskName),
    Output(Stream),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mode {
    Reads,
    Writes,
}

/// The last change, and the looks since: a later change depends on both.
#[derive(Clone, Copy, Debug, Default, Hash)]
struct Happened {
    change: Digest,
    looks: Digest,
}

impl History {
    /// The digest of the state after the steps so far.
    pub(crate) fn digest(&self) -> Digest {
        self.state
    }

    /// The name of `task`.
    pub(crate) fn name(&self, task: TaskId) -> TaskName {
        self.tasks.get(&task).map_or_else(|| unknown(task), |known| known.name)
    }

    /// Whether `task` has company in its address space.
    pub(crate) fn is_crowded(&self, task: TaskId) -> bool {
        let known = self.tasks.get(&task);
        known.is_some_and(|known| self.inhabitants.get(&known.space).is_some_and(|&count| count > 1))
    }

    /// Adds a step.
    pub(crate) fn observe(&mut self, step: &Step) {
        let mut task = self.task(step.task);
        let operation = self.operation(&step.action);
        let touched: Vec<(Place, Mode)> = self.touched(step, &task);
        let saw: Vec<_> = touched.iter().map(|(place, mode)| (place, *mode, self.look(*place, *mode, step))).collect();
        let seen = Digest::of(&(task.name, task.seen, step.code, operation, saw));
        self.state = self.state.without(task.seen).with(seen);
        task.seen = seen;
        for (place, mode) in touched {
            let happened = self.happened.entry(place).or_default();
            let before = Digest::of(&(place, *happened));
            match mode {
                Mode::Reads => happened.looks = happened.looks.with(seen),
                Mode::Writes => *happened = Happened { change: seen, looks: Digest::default() },
            }
            self.state = self.state.without(before).with(Digest::of(&(place, *happened)));
        }
        if let Some(access) = value_access(step) {
            self.change(access);
        }
        match step.action {
            Action::Call(Call::Start { child, kind }) => {
                let name = Digest::of(&(task.name, task.made));
                task.made += 1;
                let space = match kind {
                    TaskKind::Process => name,
                    TaskKind::Thread => task.space,
                };
                *self.inhabitants.entry(space).or_default() += 1;
                self.tasks.insert(child, TaskHistory { name, space, made: 0, seen });
                self.state = self.state.with(seen);
            }
            Action::Call(Call::End(_)) => {
                if let Some(count) = self.inhabitants.get_mut(&task.space) {
                    *count = count.saturating_sub(1);
                }
            }
            Action::Call(_) | Action::Access(_) => {}
        }
        self.tasks.insert(step.task, task);
    }

    /// What a step sees of a place, apart from the value that is part of its operation.
    fn look(&self, place: Place, mode: Mode, step: &Step) -> (Happened, Digest) {
        let mut happened = self.happened.get(&place).copied().unwrap_or_default();
        if mode == Mode::Reads {
            happened.looks = Digest::default();
        }
        let value = match place {
            Place::Object(location) if value_access(step).is_none() => {
                self.values.get(&location).copied().unwrap_or_default()
            }
            Place::Object(_) | Place::Space(_) | Place::Task(_) | Place::End(_) | Place::Output(_) => Digest::default(),
        };
        (happened, value)
    }

    /// Memory changes. Digests of all bytes as they were are taken away, so that the difference
    /// to what was there at first is left.
    fn change(&mut self, access: &Access) {
        let bytes = access.before.to_le_bytes().into_iter().zip(access.after.to_le_bytes());
        for (offset, (before, after)) in (access.offset..).zip(bytes).take(access.size as usize) {
            if before != after {
                let object = access.location.object;
                let [before, after] = [before, after].map(|byte| Digest::of(&("byte", object, offset, byte)));
                let value = self.values.entry(Location { object, word: offset / 8 }).or_default();
                *value = value.without(before).with(after);
                self.state = self.state.without(before).with(after);
            }
        }
    }

    fn task(&mut self, task: TaskId) -> TaskHistory {
        if let Some(known) = self.tasks.get(&task) {
            return *known;
        }
        let name = unknown(task);
        *self.inhabitants.entry(name).or_default() += 1;
        let fresh = TaskHistory { name, space: name, made: 0, seen: Digest::default() };
        self.tasks.insert(task, fresh);
        fresh
    }

    /// Each place that a step touches, once, a write before a read.
    fn touched(&self, step: &Step, task: &TaskHistory) -> Vec<(Place, Mode)> {
        let mut all = vec![(Place::Space(task.space), Mode::Writes), (Place::Task(task.name), Mode::Reads)];
        let is_value = value_access(step).is_some();
        all.extend(step.touched.iter().filter_map(|touch| {
            let (location, mode) = match *touch {
                Touch::Read(location) => (location, Mode::Reads),
                Touch::Write(location) => (location, Mode::Writes),
            };
            let place = Place::Object(location);
            // Values say all there is to say, unless a system call had its hands there.
            (!is_value || self.happened.contains_key(&place)).then_some((place, mode))
        }));
        if let Action::Call(call) = &step.action {
            match call {
                Call::End(_) => all.push((Place::End(task.name), Mode::Writes)),
                Call::Reap { child } => all.push((Place::End(self.name(*child)), Mode::Writes)),
                Call::Signal { target, .. } => all.push((Place::Task(self.name(*target)), Mode::Writes)),
                Call::Print { stream, .. } => all.push((Place::Output(*stream), Mode::Writes)),
                Call::Start { .. }
                | Call::Execute { .. }
                | Call::WaitForChild
                | Call::Send { .. }
                | Call::Receive { .. }
                | Call::Input { .. }
                | Call::LockFile { .. }
                | Call::UnlockFile { .. }
                | Call::FutexWait { .. }
                | Call::FutexWake { .. }
                | Call::Sleep { .. }
                | Call::Yield
                | Call::Other { .. } => {}
            }
        }
        let mut once: Vec<(Place, Mode)> = Vec::with_capacity(all.len());
        for (place, mode) in all {
            match once.iter_mut().find(|(known, _)| *known == place) {
                Some((_, known)) if mode == Mode::Writes => *known = Mode::Writes,
                Some(_) => {}
                None => once.push((place, mode)),
            }
        }
        once
    }

    /// What was done, with tasks by their names: their numbers depend on the schedule.
    fn operation(&self, action: &Action) -> Digest {
        let call = match action {
            Action::Access(access) => {
                return Digest::of(&(0_u8, access.location, access.offset, access.size, access.kind, access.before, access.after));
            }
            Action::Call(call) => call,
        };
        match call {
            Call::Start { child: _, kind } => Digest::of(&(1_u8, kind)),
            Call::Execute { program } => Digest::of(&(2_u8, program)),
            Call::End(end) => Digest::of(&(3_u8, end)),
            Call::Reap { child } => Digest::of(&(4_u8, self.name(*child))),
            Call::WaitForChild => Digest::of(&5_u8),
            Call::Send { object, bytes } => Digest::of(&(6_u8, object, bytes)),
            Call::Receive { object, bytes, from } => {
                let from: Vec<_> = from.iter().map(|(task, bytes)| (self.name(*task), bytes)).collect();
                Digest::of(&(7_u8, object, bytes, from))
            }
            Call::Print { stream, bytes } => Digest::of(&(8_u8, stream, bytes)),
            Call::Input { bytes } => Digest::of(&(9_u8, bytes)),
            Call::LockFile { object } => Digest::of(&(10_u8, object)),
            Call::UnlockFile { object } => Digest::of(&(11_u8, object)),
            Call::FutexWait { location } => Digest::of(&(12_u8, location)),
            Call::FutexWake { location, woken } => {
                let woken: Vec<_> = woken.iter().map(|task| self.name(*task)).collect();
                Digest::of(&(13_u8, location, woken))
            }
            Call::Sleep { nanoseconds } => Digest::of(&(14_u8, nanoseconds)),
            Call::Yield => Digest::of(&15_u8),
            Call::Signal { target, signal } => Digest::of(&(16_u8, self.name(*target), signal)),
            Call::Other { name } => Digest::of(&(17_u8, name)),
        }
    }
}

/// The access of a step, where the values before and after are known: all of it.
fn value_access(step: &Step) -> Option<&Access> {
    match &step.action {
        Action::Access(access) => (access.size <= 16).then_some(access),
        Action::Call(_) => None,
    }
}

/// The name of a task whose start was not seen: the first one.
fn unknown(task: TaskId) -> TaskName {
    Digest::of(&("task", task))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, AccessKind, CodeAddress, ObjectId};

    fn access(task: u32, word: u64, kind: AccessKind) -> Step {
        let location = Location { object: ObjectId(1), word };
        let (touch, after) =
            if kind == AccessKind::Load { (Touch::Read(location), 0) } else { (Touch::Write(location), 1) };
        let access = Access { location, offset: word * 8, size: 8, kind, before: 0, after };
        Step {
            task: TaskId(task),
            code: CodeAddress(u64::from(task)),
            frames: Vec::new(),
            action: Action::Access(access),
            touched: vec![touch],
        }
    }

    fn start(task: u32, child: u32, kind: TaskKind) -> Step {
        let action = Action::Call(Call::Start { child: TaskId(child), kind });
        Step { task: TaskId(task), code: CodeAddress(9), frames: Vec::new(), action, touched: Vec::new() }
    }

    fn digest(steps: &[Step]) -> Digest {
        let mut history = History::default();
        steps.iter().for_each(|step| history.observe(step));
        history.digest()
    }

    /// Two children, and then their steps, in both orders.
    fn order_matters(kind: TaskKind, one: Step, other: Step) -> bool {
        let begin = [start(0, 1, kind), start(0, 2, kind)];
        let there = [&begin[..], &[one.clone(), other.clone()]].concat();
        let back = [&begin[..], &[other, one]].concat();
        digest(&there) != digest(&back)
    }

    #[test]
    fn independent_steps_change_places_without_a_difference() {
        use AccessKind::{Load, Store};
        assert!(!order_matters(TaskKind::Process, access(1, 0, Store), access(2, 1, Store)));
        assert!(!order_matters(TaskKind::Process, access(1, 0, Load), access(2, 0, Load)));
    }

    #[test]
    fn conflicting_steps_do_not() {
        use AccessKind::{Load, Store, Update};
        assert!(order_matters(TaskKind::Process, access(1, 0, Store), access(2, 0, Load)));
        assert!(order_matters(TaskKind::Process, access(1, 0, Store), access(2, 0, Store)));
        assert!(order_matters(TaskKind::Process, access(1, 0, Update), access(2, 0, Load)));
    }

    #[test]
    fn steps_of_threads_never_change_places() {
        assert!(order_matters(TaskKind::Thread, access(1, 0, AccessKind::Store), access(2, 1, AccessKind::Store)));
    }

    #[test]
    fn tasks_have_names_that_do_not_depend_on_who_was_made_first() {
        let kind = TaskKind::Process;
        let there = [start(0, 1, kind), start(0, 2, kind), start(1, 3, kind), start(2, 4, kind)];
        let back = [start(0, 1, kind), start(0, 2, kind), start(2, 3, kind), start(1, 4, kind)];
        assert_eq!(digest(&there), digest(&back));
    }
}
