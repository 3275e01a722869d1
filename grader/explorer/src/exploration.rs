//! The search: which schedule to try next, and what is left to try.
//!
//! All schedules without a preemption, then all with one, and so on (Musuvathi and Qadeer:
//! Iterative context bounding for systematic testing of multithreaded programs, 2007); among
//! those with equally many the likely ones first. An execution follows the choices of its
//! schedule and then the default policy; each point after its last choice at which another
//! task could have gone on makes a further schedule.

use std::sync::Arc;

use crate::dormant::{Dormant, Kept};
use crate::likely::{Hint, Likely, Tried};
use crate::queue::Queue;
use crate::run::{Knowledge, Matter, Run};
use crate::schedule::Path;
use crate::{Bounds, Choice, CodeAddress, Coverage, Execution, Location, Pruning, Step, Touch};

/// The search begins anew at most so often. Each time, memory was met that nobody was known to
/// share; where that goes on, it never settles.
const MOST_RESTARTS: u32 = 12;

/// A search over the schedules of one program.
#[derive(Debug)]
pub struct Exploration {
    bounds: Bounds,
    pruning: Pruning,
    executions: u32,
    restarts: u32,
    /// Whether an execution was made since the search last began.
    begun: bool,
    /// With the run while there is one.
    knowledge: Option<Knowledge>,
    queue: Queue,
    dormant: Dormant<Vec<Entry>>,
    tried: Tried,
    /// Whether some schedules were lost sight of, so that nothing can be called complete.
    lost: bool,
}

/// What an execution was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    /// It is one of those that the search is about.
    Counts,
    /// It only showed what is to be watched: its schedule means something else from now on,
    /// and the search has begun anew. Nothing may be concluded from it.
    Rehearsed,
}

/// A schedule to try: those choices of `path`, and then one more.
#[derive(Clone, Debug)]
struct Entry {
    path: Option<Arc<Path>>,
    choice: Choice,
    preemptions: u32,
    from: CodeAddress,
    to: CodeAddress,
    hint: Hint,
}

impl Exploration {
    /// A search that has not begun.
    pub fn new(bounds: Bounds) -> Exploration {
        Exploration::with_pruning(bounds, Pruning::HappensBefore)
    }

    /// The same, with a say in whether executions are given up early.
    pub fn with_pruning(bounds: Bounds, pruning: Pruning) -> Exploration {
        Exploration {
            bounds,
            pruning,
            executions: 0,
            restarts: 0,
            begun: false,
            knowledge: Some(Knowledge::new(pruning)),
            queue: Queue::new(bounds),
            dormant: Dormant::default(),
            tried: Tried::default(),
            lost: false,
        }
    }

    /// The next execution to make. `None` where nothing is left to try within the bounds, and
    /// while the last one has not been given back.
    pub fn next_run(&mut self) -> Option<Run> {
        if self.executions >= self.bounds.executions || self.knowledge.is_none() {
            return None;
        }
        let path = if self.begun { Some(self.queue.pop()?) } else { None };
        let knowledge = self.knowledge.take()?;
        self.begun = true;
        self.executions += 1;
        Some(Run::new(self.executions, path, knowledge))
    }

    /// The execution has ended: takes note of what else could have happened. `execution` is
    /// what `run` observed.
    ///
    /// A rehearsal makes the search begin anew: the executions made still count, nothing else
    /// that was learned does. Where it has done so too often, or has no execution left to do
    /// it with, the execution is taken as it is, and nothing can be called complete.
    pub fn finish(&mut self, run: Run, execution: &Execution) -> Standing {
        if execution.rehearsal {
            if self.restart() {
                return Standing::Rehearsed;
            }
            self.lost = true;
        }
        self.lost |= run.divergence().is_some();
        let Run { path, mut knowledge, points, .. } = run;
        if self.bounds.executions == 1 {
            // Nothing else will be tried: all that counts is whether something is left.
            self.lost |= points.iter().any(|point| !points.others(point).is_empty());
            self.knowledge = Some(knowledge);
            return Standing::Counts;
        }
        for place in knowledge.contended.learn(&execution.steps) {
            self.wake(place);
        }
        let likely = Likely::new(&execution.steps, |place| knowledge.contended.shares(place));
        for point in points.iter() {
            let step = execution.steps.get(point.step).filter(|step| step.task == point.task);
            let entries = points.others(point).iter().map(|other| Entry {
                path: path.clone(),
                choice: Choice { point: point.number, task: other.task },
                preemptions: point.preemptions + other.cost,
                from: point.code,
                to: other.code,
                hint: match step {
                    Some(step) if other.cost > 0 => likely.hint(point.step, step, other.task),
                    Some(_) | None => Hint::default(),
                },
            });
            // What was announced, and what came of it.
            let mut places: Vec<Location> = points.places(point).to_vec();
            places.extend(step.into_iter().flat_map(touched));
            let matters = match point.matter {
                Matter::Always => true,
                Matter::IfContended => places.iter().any(|place| knowledge.contended.contains(*place)),
            };
            if matters {
                entries.for_each(|entry| self.add(entry));
            } else {
                self.dormant.add(&places, entries.collect());
            }
        }
        self.knowledge = Some(knowledge);
        Standing::Counts
    }

    /// Begins anew, since the numbers of choice points have changed. Whether it did: not more
    /// than a few times, and only where an execution is left to do it with.
    pub fn restart(&mut self) -> bool {
        if self.restarts >= MOST_RESTARTS || self.executions >= self.bounds.executions {
            return false;
        }
        self.restarts += 1;
        self.begun = false;
        self.lost = false;
        self.knowledge = Some(Knowledge::new(self.pruning));
        self.queue = Queue::new(self.bounds);
        self.dormant = Dormant::default();
        self.tried = Tried::default();
        true
    }

    /// How far it has looked.
    pub fn coverage(&self) -> Coverage {
        if !self.begun || self.knowledge.is_none() || self.lost {
            return Coverage::Sampled(self.executions);
        }
        match self.queue.lowest() {
            None => Coverage::Exhaustive,
            Some(0) => Coverage::Sampled(self.executions),
            Some(level) => Coverage::Preemptions(level - 1),
        }
    }

    /// Executions made, those given up early counted too.
    pub fn executions(&self) -> u32 {
        self.executions
    }

    /// A place turned out to be contended: switches there matter after all.
    fn wake(&mut self, place: Location) {
        let points = match self.dormant.take(place) {
            Kept::All(points) => points,
            Kept::Some(points) => {
                self.lost = true;
                points
            }
        };
        for entry in points.into_iter().flatten() {
            self.add(entry);
        }
    }

    fn add(&mut self, entry: Entry) {
        if self.queue.admits(entry.preemptions) {
            let promise = self.tried.promise(entry.hint, entry.preemptions, entry.from, entry.to);
            self.queue.push(entry.preemptions, promise, Path::then(entry.path, entry.choice));
        }
    }
}

fn touched(step: &Step) -> impl Iterator<Item = Location> {
    step.touched.iter().map(|touch| match *touch {
        Touch::Read(location) | Touch::Write(location) => location,
    })
}
