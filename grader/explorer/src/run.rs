//! One execution of the search: it follows the choices of its schedule, then the default
//! policy, and takes note of the choices that could be made otherwise.

use std::ops::Range;
use std::sync::Arc;

use crate::contention::Contended;
use crate::digest::Digest;
use crate::history::History;
use crate::policy::{Policy, View};
use crate::replay::Divergence;
use crate::sampling::Sample;
use crate::schedule::Path;
use crate::spinning::words;
use crate::uses::Uses;
use crate::visited::{Visit, Visited};
use crate::{
    Choice, ChoicePoint, CodeAddress, Decision, Faults, Location, MemoryModel, Pending, Pruning, Ready, Schedule,
    Scheduler, Scope, Step, TaskId, Threads, Way,
};

/// What one execution of the search leaves to the next.
#[derive(Debug)]
pub(crate) struct Knowledge {
    /// What is taken into account.
    pub(crate) scope: Scope,
    /// Whether anything is left out.
    pub(crate) pruning: Pruning,
    /// Where not to go on.
    pub(crate) visited: Visited,
    /// Where it matters who goes first.
    pub(crate) contended: Contended,
    /// And until when.
    pub(crate) uses: Uses,
}

impl Knowledge {
    /// Nothing yet.
    pub(crate) fn new(scope: Scope, pruning: Pruning) -> Knowledge {
        Knowledge {
            scope,
            pruning,
            visited: Visited::default(),
            contended: Contended::new(scope.memory),
            uses: Uses::default(),
        }
    }

    /// Whether all that steps come to is to be seen at once. Where calls fail or stores wait, each
    /// part of an operation may come to something of its own.
    fn is_plain(&self) -> bool {
        self.pruning == Pruning::HappensBefore
            && self.scope.memory == MemoryModel::SequentiallyConsistent
            && self.scope.faults == Faults::NONE
    }
}

/// One execution of a search: the scheduler to run it under. Made by
/// [`Exploration::next_run`](crate::Exploration::next_run), and given back to
/// [`Exploration::finish`](crate::Exploration::finish) when the execution has ended.
#[derive(Debug)]
pub struct Run {
    pub(crate) number: u32,
    pub(crate) path: Option<Arc<Path>>,
    pub(crate) knowledge: Knowledge,
    pub(crate) points: Points,
    /// Where this is a random schedule.
    sample: Option<Sample>,
    /// The most tasks that were there.
    pub(crate) tasks: u32,
    choices: Schedule,
    /// How many of them have been made.
    made: usize,
    /// The next choice point, from 0.
    pub(crate) point: u64,
    /// Steps so far.
    steps: usize,
    preemptions: u32,
    policy: Policy,
    /// The point at which the operation began that the task that runs is about to do.
    operation: Option<usize>,
    /// The last point at which all others could go on at no cost, as long as who was chosen there
    /// goes on.
    free: Option<(usize, TaskId)>,
    pub(crate) history: History,
    divergence: Option<Divergence>,
}

/// Of one execution no more alternatives than these are noted.
const MOST_ALTERNATIVES: usize = 1 << 18;

/// The choice points at which an execution could have gone another way.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// The fewest preemptions of a schedule that was not noted, if any was not.
    pub(crate) omitted: Option<u32>,
    all: Vec<Point>,
    /// Who else could have gone on, for all points.
    others: Vec<Other>,
    /// What the tasks that ran on were about to touch, for all points.
    places: Vec<Location>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Its number in the execution.
    pub(crate) number: u64,
    /// The number of steps before it.
    pub(crate) step: usize,
    /// Preemptions before it.
    pub(crate) preemptions: u32,
    /// Who went on.
    pub(crate) task: TaskId,
    /// Where it stood.
    pub(crate) code: CodeAddress,
    /// Why a switch can matter there.
    pub(crate) matter: Matter,
    /// The number of the last step to which it went on without another choice that can matter.
    pub(crate) last: usize,
    others: Range<usize>,
    places: Range<usize>,
}

/// Whether it matters who goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// Whatever the task that runs is about to do.
    Always,
    /// Only where the task that runs goes on to touch a contended place.
    IfContended,
}

/// Somebody else who could have gone on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Other {
    pub(crate) task: TaskId,
    pub(crate) way: Way,
    /// In preemptions.
    pub(crate) cost: u32,
    /// Where it stood.
    pub(crate) code: CodeAddress,
}

impl Points {
    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Point> {
        self.all.iter()
    }

    /// Who else could have gone on there.
    pub(crate) fn others(&self, point: &Point) -> &[Other] {
        &self.others[point.others.clone()]
    }

    /// What whoever went on was about to touch.
    pub(crate) fn places(&self, point: &Point) -> &[Location] {
        &self.places[point.places.clone()]
    }

    /// Whoever went on at the point at `index` goes on with the same operation.
    fn go_on(&mut self, index: usize, step: usize) {
        self.all[index].last = self.all[index].last.max(step);
    }

    /// Whoever went on at the point at `index`, where that was free, cannot go on any more. The
    /// others can all the same: before what it did or behind makes a difference only by what it
    /// touched.
    fn close(&mut self, index: usize, steps: usize) {
        let point = &mut self.all[index];
        point.matter = Matter::IfContended;
        point.last = point.last.max(steps.saturating_sub(1));
    }

    /// Returns the point's index, unless there is no room for it.
    fn push(&mut self, at: Moment, chosen: &Ready, matter: Matter, others: &[Other]) -> Option<usize> {
        if self.others.len() >= MOST_ALTERNATIVES {
            let fewest = others.iter().map(|other| at.preemptions + other.cost).min();
            self.omitted = self.omitted.into_iter().chain(fewest).min();
            return None;
        }
        let (others_before, places_before) = (self.others.len(), self.places.len());
        self.others.extend(others);
        self.places.extend(places(&chosen.next));
        self.all.push(Point {
            number: at.point,
            step: at.step,
            preemptions: at.preemptions,
            task: chosen.task,
            code: chosen.code,
            matter,
            last: at.step,
            others: others_before..self.others.len(),
            places: places_before..self.places.len(),
        });
        Some(self.all.len() - 1)
    }
}

/// Where in an execution.
#[derive(Clone, Copy, Debug)]
struct Moment {
    point: u64,
    step: usize,
    preemptions: u32,
}

impl Run {
    pub(crate) fn new(number: u32, path: Option<Arc<Path>>, knowledge: Knowledge) -> Run {
        Run {
            number,
            choices: Path::choices(path.as_ref()),
            path,
            knowledge,
            points: Points::default(),
            sample: None,
            tasks: 1,
            made: 0,
            point: 0,
            steps: 0,
            preemptions: 0,
            policy: Policy::default(),
            operation: None,
            free: None,
            history: History::default(),
            divergence: None,
        }
    }

    /// A random schedule.
    pub(crate) fn sampled(number: u32, sample: Sample, knowledge: Knowledge) -> Run {
        Run { sample: Some(sample), ..Run::new(number, None, knowledge) }
    }

    /// The schedule that it follows; that of a random one is made as it goes.
    pub fn schedule(&self) -> &[Choice] {
        &self.choices
    }

    /// Whether what threads do to their common memory was seen.
    pub(crate) fn threads(&self) -> Threads {
        self.history.threads()
    }

    /// Preemptions made so far.
    pub fn preemptions(&self) -> u32 {
        self.preemptions
    }

    /// Where reality differed from the schedule, if it did: the program does not do the same
    /// under the same choices.
    pub fn divergence(&self) -> Option<&Divergence> {
        self.divergence.as_ref()
    }

    /// The choice that the schedule makes at this point, if it makes one.
    fn forced(&mut self, ready: &[Ready]) -> Option<Choice> {
        let choice = *self.choices.get(self.made)?;
        if choice.point != self.point {
            return None;
        }
        self.made += 1;
        if choice.is_possible(ready) {
            return Some(choice);
        }
        let ready = ready.iter().map(|ready| ready.task).collect();
        self.divergence.get_or_insert(Divergence::NotReady { choice, ready });
        None
    }

    /// Whether the state is known, so that nothing new can follow.
    fn is_known(&mut self, policy: Digest) -> bool {
        match self.knowledge.pruning {
            Pruning::Off => return false,
            Pruning::HappensBefore => {}
        }
        let state = Digest::of(&(self.history.digest(), policy));
        self.knowledge.visited.visit(state, self.preemptions, self.number) == Visit::Known
    }

    /// Whether the one that runs need not be parted from what it has begun.
    fn is_midway(&self, view: &View, ready: &[Ready]) -> bool {
        self.knowledge.is_plain()
            && view.runner == Some(view.default)
            && ready.iter().any(|ready| ready.task == view.default && ready.midway)
    }

    /// All that could be chosen instead of the default.
    fn others(&self, view: &View, ready: &[Ready]) -> Vec<Other> {
        let mut others = Vec::new();
        for one in ready {
            let Ready { task, code, .. } = *one;
            let is_default = task == view.default;
            let plain = view.others.iter().find(|other| other.task == task);
            if !is_default && plain.is_none() {
                continue;
            }
            let mut add = |way| others.push(Other { task, way, cost: view.cost(task, way), code });
            if !is_default {
                add(Way::Plain);
            }
            for fault in one.faults.iter().filter(|fault| self.knowledge.scope.faults.contains(**fault)) {
                add(Way::Fails(*fault));
            }
            let can_wait = match self.knowledge.scope.memory {
                MemoryModel::SequentiallyConsistent => false,
                MemoryModel::StoreBuffers => one.stores() && !has_buffered(task, ready),
            };
            if can_wait {
                add(Way::Delays);
            }
        }
        others
    }

    /// Takes note of a choice that no step tells of.
    fn commit(&mut self, choice: Choice, ready: &[Ready]) {
        let task = choice.task;
        match choice.way {
            Way::Fails(fault) => self.history.fail(task, fault),
            Way::Delays => self.history.delay(task),
            Way::Plain => {
                let stores = ready.iter().any(|ready| ready.task == task && ready.stores());
                if stores && has_buffered(task, ready) {
                    self.history.delay(task);
                }
            }
        }
        self.policy.commit(task);
        self.point += 1;
    }
}

impl Scheduler for Run {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let Some(mut view) = self.policy.look(point) else { return Decision::Abandon };
        if self.is_midway(&view, point.ready) {
            view.others.clear();
            if let Some(index) = self.operation {
                self.points.go_on(index, self.steps);
            }
        } else {
            self.operation = None;
        }
        if let Some((index, task)) = self.free {
            if !point.ready.iter().any(|ready| ready.task == task && !ready.stalls) {
                self.points.close(index, self.steps);
                self.free = None;
            } else if view.default != task {
                self.free = None;
            }
        }
        let mut choice = Choice::plain(self.point, view.default);
        if let Some(mut sample) = self.sample.take() {
            let others = self.others(&view, point.ready);
            choice = sample.choose(self.point, view.default, &others);
            self.sample = Some(sample);
            if (choice.task, choice.way) != (view.default, Way::Plain) {
                self.preemptions += view.cost(choice.task, choice.way);
                self.choices.push(choice);
            }
        } else if self.made < self.choices.len() {
            choice = self.forced(point.ready).unwrap_or(choice);
            self.preemptions += view.cost(choice.task, choice.way);
        } else {
            let others = self.others(&view, point.ready);
            let chosen = point.ready.iter().find(|ready| ready.task == view.default);
            if let Some(chosen) = chosen.filter(|_| !others.is_empty()) {
                let matter = match (self.knowledge.pruning, view.runner) {
                    (Pruning::HappensBefore, Some(runner)) if !self.history.is_crowded(runner) => Matter::IfContended,
                    (Pruning::HappensBefore | Pruning::Off, _) => Matter::Always,
                };
                let matters = match matter {
                    Matter::Always => true,
                    Matter::IfContended => {
                        places(&chosen.next).any(|place| self.knowledge.contended.contains(place))
                            || others.iter().any(|other| other.fails(chosen.task))
                    }
                };
                if matters && self.is_known(self.policy.digest(&view, point.ready, &self.history)) {
                    return Decision::Abandon;
                }
                let at = Moment { point: self.point, step: self.steps, preemptions: self.preemptions };
                self.operation = self.points.push(at, chosen, matter, &others);
                let task = view.default;
                if view.runner.is_none() && self.knowledge.is_plain() && !self.history.is_crowded(task) {
                    self.free = self.operation.map(|index| (index, task));
                }
            }
        }
        self.commit(choice, point.ready);
        choice.decision()
    }

    fn threads_are_not_followed(&mut self) {
        self.history.do_not_part_threads();
    }

    fn observe(&mut self, step: &Step) {
        self.policy.observe(step);
        self.history.observe(step);
        self.steps += 1;
        self.tasks = self.tasks.max(step.task.0 + 1);
    }
}

impl Other {
    /// Whether it lets the step of `task` fail: no other moment will do as well.
    pub(crate) fn fails(&self, task: TaskId) -> bool {
        match self.way {
            Way::Fails(_) => self.task == task,
            Way::Plain | Way::Delays => false,
        }
    }
}

/// Whether a store of `task` waits in its buffer.
fn has_buffered(task: TaskId, ready: &[Ready]) -> bool {
    ready.iter().any(|ready| ready.task == task.buffer())
}

/// What a task is about to touch, as far as it is known.
fn places(next: &Pending) -> impl Iterator<Item = Location> {
    let (access, objects) = match next {
        Pending::Access { location, size, .. } | Pending::Flush { location, size } => {
            (Some(words(*location, *size)), &[][..])
        }
        Pending::Call { objects } => (None, &objects[..]),
        Pending::Begin | Pending::Yield | Pending::Wake { .. } | Pending::Slice => (None, &[][..]),
    };
    access.into_iter().flatten().chain(objects.iter().copied())
}
