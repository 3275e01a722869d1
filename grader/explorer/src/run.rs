//! One execution of the search: it follows the choices of its schedule, then the default
//! policy, and takes note of the choices that could be made otherwise.

use std::ops::Range;
use std::sync::Arc;

use crate::contention::Contended;
use crate::digest::Digest;
use crate::history::History;
use crate::policy::{Candidate, Policy};
use crate::replay::Divergence;
use crate::schedule::Path;
use crate::spinning::words;
use crate::visited::{Visit, Visited};
use crate::{ChoicePoint, CodeAddress, Decision, Location, Pending, Pruning, Ready, Schedule, Scheduler, Step, TaskId};

/// What one execution of the search leaves to the next.
#[derive(Debug)]
pub(crate) struct Knowledge {
    /// Where not to go on.
    pub(crate) visited: Visited,
    /// Where it matters who goes first.
    pub(crate) contended: Contended,
}

impl Knowledge {
    /// Nothing yet.
    pub(crate) fn new(pruning: Pruning) -> Knowledge {
        Knowledge { visited: Visited::new(pruning), contended: Contended::default() }
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
    choices: Schedule,
    /// How many of them have been made.
    made: usize,
    /// The next choice point, from 0.
    point: u64,
    /// Steps so far.
    steps: usize,
    preemptions: u32,
    policy: Policy,
    history: History,
    divergence: Option<Divergence>,
}

/// The choice points at which an execution could have gone another way.
#[derive(Debug, Default)]
pub(crate) struct Points {
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
    others: Range<usize>,
    places: Range<usize>,
}

/// Whether it matters who goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matter {
    /// Whatever the task that runs is about to do.
    Always,
    /// Only where the task that runs is about to touch a contended place.
    IfContended,
}

/// Somebody else who could have gone on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Other {
    pub(crate) task: TaskId,
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

    fn push(&mut self, at: Moment, chosen: &Ready, matter: Matter, ready: &[Ready], others: &[Candidate]) {
        let (others_before, places_before) = (self.others.len(), self.places.len());
        for other in others {
            let code = ready.iter().find(|ready| ready.task == other.task).map_or(CodeAddress(0), |ready| ready.code);
            self.others.push(Other { task: other.task, cost: other.cost, code });
        }
        if matter == Matter::IfContended {
            self.places.extend(places(&chosen.next));
        }
        self.all.push(Point {
            number: at.point,
            step: at.step,
            preemptions: at.preemptions,
            task: chosen.task,
            code: chosen.code,
            matter,
            others: others_before..self.others.len(),
            places: places_before..self.places.len(),
        });
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
            made: 0,
            point: 0,
            steps: 0,
            preemptions: 0,
            policy: Policy::default(),
            history: History::default(),
            divergence: None,
        }
    }

    /// The schedule that it follows.
    pub fn schedule(&self) -> &[crate::Choice] {
        &self.choices
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
    fn forced(&mut self, ready: &[Ready]) -> Option<TaskId> {
        let choice = *self.choices.get(self.made)?;
        if choice.point != self.point {
            return None;
        }
        self.made += 1;
        if ready.iter().any(|ready| ready.task == choice.task) {
            return Some(choice.task);
        }
        let ready = ready.iter().map(|ready| ready.task).collect();
        self.divergence.get_or_insert(Divergence::NotReady { choice, ready });
        None
    }

    /// Whether the state is known, so that nothing new can follow.
    fn is_known(&mut self, policy: Digest) -> bool {
        let state = Digest::of(&(self.history.digest(), policy));
        self.knowledge.visited.visit(state, self.preemptions, self.number) == Visit::Known
    }
}

impl Scheduler for Run {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let Some(view) = self.policy.look(point) else { return Decision::Abandon };
        let follows = self.made < self.choices.len();
        let task = if follows {
            let task = self.forced(point.ready).unwrap_or(view.default);
            self.preemptions += view.cost(task);
            task
        } else {
            let chosen = point.ready.iter().find(|ready| ready.task == view.default);
            if let Some(chosen) = chosen.filter(|_| !view.others.is_empty()) {
                let matter = match view.runner {
                    Some(runner) if !self.history.is_crowded(runner) => Matter::IfContended,
                    Some(_) | None => Matter::Always,
                };
                let matters = match matter {
                    Matter::Always => true,
                    Matter::IfContended => places(&chosen.next).any(|place| self.knowledge.contended.contains(place)),
                };
                if matters && self.is_known(self.policy.digest(&view, point.ready, &self.history)) {
                    return Decision::Abandon;
                }
                let at = Moment { point: self.point, step: self.steps, preemptions: self.preemptions };
                self.points.push(at, chosen, matter, point.ready, &view.others);
            }
            view.default
        };
        self.policy.commit(task);
        self.point += 1;
        Decision::Run(task)
    }

    fn threads_are_not_followed(&mut self) {
        self.history.do_not_part_threads();
    }

    fn observe(&mut self, step: &Step) {
        self.policy.observe(step);
        self.history.observe(step);
        self.steps += 1;
    }
}

/// What a task is about to touch, as far as it is known.
fn places(next: &Pending) -> impl Iterator<Item = Location> {
    let (access, objects) = match next {
        Pending::Access { location, size, .. } => (Some(words(*location, *size)), &[][..]),
        Pending::Call { objects } => (None, &objects[..]),
        Pending::Begin | Pending::Yield | Pending::Wake { .. } | Pending::Slice => (None, &[][..]),
    };
    access.into_iter().flatten().chain(objects.iter().copied())
}
