//! What led to a moment of an execution, as a digest that is the same for all executions
//! which differ only in the order of independent steps.
//!
//! Two executions with the same happens-before graph reach the same state (Mazurkiewicz'
//! traces); CHESS calls the remembering of such graphs happens-before caching (Musuvathi and
//! Qadeer: Partial-order reduction for context-bounded state exploration, 2007). The graph is
//! digested as the set of its steps, each with the steps that it directly depends on.

use std::collections::{HashMap, VecDeque};

use crate::digest::Digest;
use crate::{AccessKind, Action, Call, Fault, Location, Step, Stream, TaskId, TaskKind, Threads, Touch};

/// The name of a task that is the same in every execution in which it has the same history.
pub(crate) type TaskName = Digest;

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct History {
    all: Digest,
    tasks: HashMap<TaskId, TaskHistory>,
    places: HashMap<Place, PlaceHistory>,
    buffers: HashMap<TaskId, BufferHistory>,
    /// How many tasks live in an address space, named after the first of them.
    inhabitants: HashMap<TaskName, u32>,
    threads: Threads,
}

#[derive(Clone, Copy, Debug)]
struct TaskHistory {
    name: TaskName,
    space: TaskName,
    made: u32,
    steps: u32,
    last: Digest,
}

/// The store buffer of a task.
#[derive(Debug, Default)]
struct BufferHistory {
    /// The stores in it.
    waiting: VecDeque<Digest>,
    /// The last one that came to memory.
    last: Digest,
}

/// Where steps can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Object(Location),
    /// An address space whose threads' memory is not followed.
    Space(TaskName),
    /// A task itself: signals change it, its own steps look at it.
    Task(TaskName),
    /// The end of a task, between it and whoever waits for it.
    End(TaskName),
    Output(Stream),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Reads,
    Writes,
}

#[derive(Clone, Copy, Debug, Default)]
struct PlaceHistory {
    last_write: Digest,
    reads_since: Digest,
}

impl History {
    /// The digest of the steps so far.
    pub(crate) fn digest(&self) -> Digest {
        self.all
    }

    /// The name of `task`.
    pub(crate) fn name(&self, task: TaskId) -> TaskName {
        let owner = task.owner();
        let name = self.tasks.get(&owner).map_or_else(|| unknown(owner), |known| known.name);
        if task.is_buffer() { Digest::of(&("buffer", name)) } else { name }
    }

    /// Whether what threads do to their common memory is seen.
    pub(crate) fn threads(&self) -> Threads {
        self.threads
    }

    /// It is not.
    pub(crate) fn do_not_part_threads(&mut self) {
        self.threads = Threads::NotFollowed;
    }

    /// Whether `task` has company in its address space that it may deal with unseen.
    pub(crate) fn is_crowded(&self, task: TaskId) -> bool {
        if self.threads == Threads::Followed {
            return false;
        }
        let known = self.tasks.get(&task);
        known.is_some_and(|known| self.inhabitants.get(&known.space).is_some_and(|&count| count > 1))
    }

    /// The next step of `task` fails.
    pub(crate) fn fail(&mut self, task: TaskId, fault: Fault) {
        self.private(task, Digest::of(&("fails", fault)));
    }

    /// A store of `task` goes into its buffer.
    pub(crate) fn delay(&mut self, task: TaskId) {
        let digest = self.private(task, Digest::of(&"delays"));
        self.buffers.entry(task).or_default().waiting.push_back(digest);
    }

    /// Adds something that only `task` knows of.
    fn private(&mut self, task: TaskId, operation: Digest) -> Digest {
        let mut known = self.task(task);
        let digest = Digest::of(&(known.name, known.steps, known.last, operation));
        self.all = self.all.with(digest);
        known.steps += 1;
        known.last = digest;
        self.tasks.insert(task, known);
        digest
    }

    /// Adds a step.
    pub(crate) fn observe(&mut self, step: &Step) {
        if self.flush(step) {
            return;
        }
        let mut task = self.task(step.task);
        let operation = self.operation(&step.action);
        let own = [Digest::of(&(task.name, task.steps)), task.last, Digest::of(&step.code), operation];
        let touched = self.touched(step, &task);
        let digest = self.meet(own, &touched);
        task.steps += 1;
        task.last = digest;
        match step.action {
            Action::Call(Call::Start { child, kind }) => {
                let name = Digest::of(&(task.name, task.made));
                task.made += 1;
                let space = match kind {
                    TaskKind::Process => name,
                    TaskKind::Thread => task.space,
                };
                *self.inhabitants.entry(space).or_default() += 1;
                self.tasks.insert(child, TaskHistory { name, space, made: 0, steps: 0, last: digest });
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

    /// Adds a step that brings a delayed store to memory. Whether it is one: the first store
    /// that a task makes while others wait is the first of those.
    fn flush(&mut self, step: &Step) -> bool {
        let Action::Access(access) = step.action else { return false };
        let waiting = self.buffers.get_mut(&step.task).filter(|_| access.kind == AccessKind::Store);
        let Some((buffer, store)) = waiting.and_then(|buffer| {
            let store = buffer.waiting.pop_front()?;
            Some((buffer.last, store))
        }) else {
            return false;
        };
        let task = self.task(step.task);
        let operation = self.operation(&step.action);
        let mut touched = self.touched(step, &task);
        touched.retain(|(place, _)| match place {
            Place::Object(_) => true,
            Place::Space(_) | Place::Task(_) | Place::End(_) | Place::Output(_) => false,
        });
        let digest = self.meet([store, buffer, Digest::of(&step.code), operation], &touched);
        if let Some(buffer) = self.buffers.get_mut(&step.task) {
            buffer.last = digest;
        }
        true
    }

    /// Adds a step: what is its own, and what it meets.
    fn meet(&mut self, own: [Digest; 4], touched: &[(Place, Mode)]) -> Digest {
        let seen = |(place, mode): &(Place, Mode)| {
            let history = self.places.get(place).copied().unwrap_or_default();
            let reads = match mode {
                Mode::Reads => Digest::default(),
                Mode::Writes => history.reads_since,
            };
            (*place, *mode as u8, history.last_write, reads)
        };
        let edges: Vec<_> = touched.iter().map(seen).collect();
        let digest = Digest::of(&(own, edges));
        for &(place, mode) in touched {
            let history = self.places.entry(place).or_default();
            match mode {
                Mode::Reads => history.reads_since = history.reads_since.with(digest),
                Mode::Writes => *history = PlaceHistory { last_write: digest, reads_since: Digest::default() },
            }
        }
        self.all = self.all.with(digest);
        digest
    }

    fn task(&mut self, task: TaskId) -> TaskHistory {
        if let Some(known) = self.tasks.get(&task) {
            return *known;
        }
        let name = unknown(task);
        *self.inhabitants.entry(name).or_default() += 1;
        let fresh = TaskHistory { name, space: name, made: 0, steps: 0, last: Digest::default() };
        self.tasks.insert(task, fresh);
        fresh
    }

    /// Each place that a step touches, once, a write before a read.
    fn touched(&self, step: &Step, task: &TaskHistory) -> Vec<(Place, Mode)> {
        let mut all = vec![(Place::Task(task.name), Mode::Reads)];
        if self.threads == Threads::NotFollowed {
            all.push((Place::Space(task.space), Mode::Writes));
        }
        // What leaves memory as it was can change places with what only looks at it.
        let leaves = match &step.action {
            Action::Access(access) => access.size <= 16 && !access.changed(),
            // it may move a position that others share
            Action::Call(_) => false,
        };
        all.extend(step.touched.iter().map(|touch| match touch {
            Touch::Write(location) if !leaves => (Place::Object(*location), Mode::Writes),
            Touch::Read(location) | Touch::Write(location) => (Place::Object(*location), Mode::Reads),
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
                | Call::File(_)
                | Call::Input { .. }
                | Call::LockFile { .. }
                | Call::UnlockFile { .. }
                | Call::FutexWait { .. }
                | Call::FutexWake { .. }
                | Call::Sleep { .. }
                | Call::Yield
                | Call::Fault(_)
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
                return Digest::of(&(
                    0_u8,
                    access.location,
                    access.offset,
                    access.size,
                    access.kind,
                    access.before,
                    access.after,
                ));
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
            Call::Fault(fault) => Digest::of(&(19_u8, fault)),
            Call::File(access) => Digest::of(&(
                18_u8,
                access.location,
                access.offset,
                access.size,
                access.kind,
                access.before,
                access.after,
            )),
        }
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
        order_matters_where(Threads::Followed, kind, one, other)
    }

    fn order_matters_where(threads: Threads, kind: TaskKind, one: Step, other: Step) -> bool {
        let digest = |steps: &[Step]| {
            let mut history = History { threads, ..History::default() };
            steps.iter().for_each(|step| history.observe(step));
            history.digest()
        };
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
    fn steps_of_threads_that_are_not_followed_never_change_places() {
        let order_matters = |threads| {
            let steps = [access(1, 0, AccessKind::Store), access(2, 1, AccessKind::Store)];
            let [one, other] = steps;
            order_matters_where(threads, TaskKind::Thread, one, other)
        };
        assert!(order_matters(Threads::NotFollowed));
        assert!(!order_matters(Threads::Followed));
    }

    #[test]
    fn tasks_have_names_that_do_not_depend_on_who_was_made_first() {
        let kind = TaskKind::Process;
        let there = [start(0, 1, kind), start(0, 2, kind), start(1, 3, kind), start(2, 4, kind)];
        let back = [start(0, 1, kind), start(0, 2, kind), start(2, 3, kind), start(1, 4, kind)];
        assert_eq!(digest(&there), digest(&back));
    }
}
