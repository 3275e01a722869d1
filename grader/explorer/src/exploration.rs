//! The search: which schedule to try next, and what is left to try.
//!
//! All schedules without a preemption, then all with one, and so on (Musuvathi and Qadeer:
//! Iterative context bounding for systematic testing of multithreaded programs, 2007); among
//! those with equally many the likely ones first. An execution follows the choices of its
//! schedule and then the default policy; each point after its last choice at which another
//! task could have gone on makes a further schedule.
//!
//! Where that does not come to its end within the budget of executions, the last part of the
//! budget goes to random schedules.

use std::borrow::Cow;
use std::sync::Arc;

use crate::dormant::{Dormant, Kept};
use crate::history::TaskName;
use crate::likely::{Hint, Likely, Tried};
use crate::queue::Queue;
use crate::run::{Knowledge, Matter, Other, Run};
use crate::sampling::Sample;
use crate::schedule::{DEPTH, Path};
use crate::uses::Progress;
use crate::{
    Action, Bounds, Call, Choice, CodeAddress, Coverage, Execution, Extent, Location, MemoryModel, Pruning, Samples,
    Scope, Step, Threads, Touch, Unmade,
};

/// The search begins anew at most so often. Each time, memory was met that nobody was known to
/// share; where that goes on, it never settles.
const MOST_RESTARTS: u32 = 12;

/// A search that begins anew has the whole budget again, as long as all of its executions are no
/// more than so many budgets: what is shared can come to light late.
const MOST_BUDGETS: u32 = 2;

/// Where the budget is at least so many executions, its last part is kept for samples, in case
/// the search does not come to its end before.
const FEWEST_FOR_SAMPLES: u32 = 50;
/// One in so many executions of the budget.
const SHARE_OF_SAMPLES: u32 = 5;

/// A search over the schedules of one program.
#[derive(Debug)]
pub struct Exploration {
    bounds: Bounds,
    scope: Scope,
    pruning: Pruning,
    executions: u32,
    restarts: u32,
    /// The executions before the last of them.
    rehearsed: u32,
    /// Whether an execution was made since the search last began.
    begun: bool,
    /// Random schedules since then.
    samples: u32,
    /// Whether what threads do was seen in all executions.
    threads: Threads,
    /// The most tasks and choice points that an execution had.
    tasks: u32,
    points: u64,
    /// With the run while there is one.
    knowledge: Option<Knowledge>,
    queue: Queue,
    dormant: Dormant<Asleep>,
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

/// Schedules that part from an execution at a point where that does not matter as far as is
/// known.
#[derive(Clone, Debug)]
struct Asleep {
    entries: Vec<Entry>,
    /// Who went on there, and what it met.
    task: TaskName,
    met: Vec<Touch>,
    /// How far all had come.
    progress: Progress,
}

impl Exploration {
    /// A search that has not begun.
    pub fn new(bounds: Bounds) -> Exploration {
        Exploration::with(bounds, Scope::default(), Pruning::HappensBefore)
    }

    /// The same, with a say in what is taken into account, and in whether executions are given
    /// up early.
    pub fn with(bounds: Bounds, scope: Scope, pruning: Pruning) -> Exploration {
        Exploration {
            bounds,
            scope,
            pruning,
            executions: 0,
            restarts: 0,
            rehearsed: 0,
            begun: false,
            samples: 0,
            threads: Threads::Followed,
            tasks: 1,
            points: 0,
            knowledge: Some(Knowledge::new(scope, pruning)),
            queue: Queue::new(bounds),
            dormant: Dormant::default(),
            tried: Tried::default(),
            lost: false,
        }
    }

    /// The next execution to make. `None` where nothing is left to try within the bounds, and
    /// while the last one has not been given back.
    pub fn next_run(&mut self) -> Option<Run> {
        if self.executions - self.rehearsed >= self.budget() || self.knowledge.is_none() {
            return None;
        }
        if self.begun && self.is_time_to_sample() {
            self.queue.lowest().filter(|lowest| *lowest <= self.bounds.preemptions)?;
            let knowledge = self.knowledge.take()?;
            self.executions += 1;
            self.samples += 1;
            let sample = Sample::new(self.samples, self.points, self.bounds.preemptions);
            return Some(Run::sampled(self.executions, sample, knowledge));
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
    /// A rehearsal makes the search begin anew: it does not count against the budget, and
    /// nothing that was learned counts. Where there were too many, the execution is taken as
    /// it is, and nothing can be called complete.
    pub fn finish(&mut self, run: Run, execution: &Execution) -> Standing {
        if execution.rehearsal {
            if self.restart() {
                return Standing::Rehearsed;
            }
            self.lost = true;
        }
        self.lost |= run.divergence().is_some();
        match run.threads() {
            Threads::Followed => {}
            Threads::NotFollowed => self.threads = Threads::NotFollowed,
        }
        self.tasks = self.tasks.max(run.tasks);
        self.points = self.points.max(run.point);
        let Run { path, mut knowledge, points, history, .. } = run;
        if self.bounds.executions == 1 {
            // Nothing else will be tried: all that counts is whether something is left.
            self.lost |= points.iter().any(|point| !points.others(point).is_empty());
            self.knowledge = Some(knowledge);
            return Standing::Counts;
        }
        if let Some(preemptions) = points.omitted {
            self.queue.omit(preemptions);
        }
        let name = |task| history.name(task);
        let steps = with_unmade(execution);
        for place in knowledge.contended.learn(&steps) {
            self.wake(place, &knowledge);
        }
        for place in knowledge.uses.learn(&steps, name) {
            self.wake(place, &knowledge);
        }
        let mut progress = Progress::default();
        let mut passed = 0;
        let likely = Likely::new(&execution.steps, |place| knowledge.contended.shares(place));
        for point in points.iter() {
            let step = execution.steps.get(point.step).filter(|step| step.task == point.task);
            let entry = |other: &Other| Entry {
                path: path.clone(),
                choice: Choice { point: point.number, task: other.task, way: other.way },
                preemptions: point.preemptions + other.cost,
                from: point.code,
                to: other.code,
                hint: match step {
                    Some(step) if other.cost > 0 => likely.hint(point.step, step, other.task),
                    Some(_) | None => Hint::default(),
                },
            };
            for step in execution.steps.iter().take(point.step).skip(passed) {
                progress.pass(step, name);
            }
            passed = passed.max(point.step);
            let parts = execution.steps.iter().take(point.last + 1).skip(point.step + 1);
            let parts = step.into_iter().chain(parts.filter(|part| part.task == point.task));
            let met = met(points.places(point), parts);
            let task = name(point.task);
            let matters = match point.matter {
                Matter::Always => true,
                Matter::IfContended => matters(&met, task, &progress, &knowledge),
            };
            let others = points.others(point).iter();
            let (now, later): (Vec<&Other>, Vec<&Other>) = others.partition(|other| matters || other.fails(point.task));
            now.into_iter().for_each(|other| self.add(entry(other)));
            if !later.is_empty() {
                let entries: Vec<Entry> = later.into_iter().map(entry).collect();
                let weight = entries.len() + progress.weight();
                let places: Vec<Location> = met.iter().map(|touch| place(*touch)).collect();
                self.dormant.add(&places, Asleep { entries, task, met, progress: progress.clone() }, weight);
            }
        }
        self.knowledge = Some(knowledge);
        Standing::Counts
    }

    /// Begins anew, since the numbers of choice points have changed. Whether it did: not more
    /// than a few times.
    pub fn restart(&mut self) -> bool {
        if self.restarts >= MOST_RESTARTS {
            return false;
        }
        self.restarts += 1;
        self.rehearsed = self.executions;
        self.begun = false;
        self.samples = 0;
        self.lost = false;
        self.knowledge = Some(Knowledge::new(self.scope, self.pruning));
        self.queue = Queue::new(self.bounds);
        self.dormant = Dormant::default();
        self.tried = Tried::default();
        true
    }

    /// How far it has looked.
    pub fn coverage(&self) -> Coverage {
        let samples = Samples { count: self.samples, depth: DEPTH, tasks: self.tasks, points: self.points };
        let samples = Some(samples).filter(|samples| samples.count > 0);
        Coverage { extent: self.extent(), samples, scope: self.scope, threads: self.threads }
    }

    fn extent(&self) -> Extent {
        if !self.begun || self.knowledge.is_none() || self.lost {
            return Extent::Some(self.executions - self.rehearsed);
        }
        match self.queue.lowest() {
            None => Extent::Exhaustive,
            Some(0) => Extent::Some(self.executions - self.rehearsed),
            Some(level) => Extent::Preemptions(level - 1),
        }
    }

    /// Whether only the part of the budget is left that is kept for samples.
    fn is_time_to_sample(&self) -> bool {
        let (budget, done) = (self.budget(), self.executions - self.rehearsed);
        budget >= FEWEST_FOR_SAMPLES && done >= budget - budget / SHARE_OF_SAMPLES
    }

    /// Executions that may be made since the search last began.
    fn budget(&self) -> u32 {
        let all = self.bounds.executions.saturating_mul(MOST_BUDGETS).saturating_add(self.restarts);
        self.bounds.executions.min(all - self.rehearsed)
    }

    /// Executions made, those given up early counted too.
    pub fn executions(&self) -> u32 {
        self.executions
    }

    /// More is known of a place: switches there may matter after all.
    fn wake(&mut self, place: Location, knowledge: &Knowledge) {
        let matter = |asleep: &Asleep| matters(&asleep.met, asleep.task, &asleep.progress, knowledge);
        let awake = match self.dormant.take(place, matter) {
            Kept::All(awake) => awake,
            Kept::Some(awake) => {
                self.lost = true;
                awake
            }
        };
        for entry in awake.into_iter().flat_map(|asleep| asleep.entries) {
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

/// The steps that were made, and those that were not: whoever waits in vain competes too.
fn with_unmade(execution: &Execution) -> Cow<'_, [Step]> {
    if execution.unmade.is_empty() {
        return Cow::Borrowed(&execution.steps);
    }
    let step = |unmade: &Unmade| Step {
        task: unmade.task,
        code: CodeAddress(0),
        frames: Vec::new(),
        action: Action::Call(Call::Other { name: "" }),
        touched: unmade.places.iter().copied().map(Touch::Write).collect(),
    };
    let unmade = execution.unmade.iter().map(step);
    execution.steps.iter().cloned().chain(unmade).collect()
}

/// What a task met, where this came of what it had announced. A place that was announced only
/// may have been changed.
fn met<'s>(announced: &[Location], steps: impl Iterator<Item = &'s Step>) -> Vec<Touch> {
    let mut met: Vec<Touch> = steps.flat_map(|step| step.touched.iter().copied()).collect();
    for announced in announced {
        if !met.iter().any(|touch| place(*touch) == *announced) {
            met.push(Touch::Write(*announced));
        }
    }
    met
}

fn place(touch: Touch) -> Location {
    match touch {
        Touch::Read(place) | Touch::Write(place) => place,
    }
}

/// Whether a switch just before `task` meets these places can make a difference, as far as is
/// known.
fn matters(met: &[Touch], task: TaskName, progress: &Progress, knowledge: &Knowledge) -> bool {
    let contended = met.iter().filter(|touch| knowledge.contended.contains(place(**touch)));
    match knowledge.scope.memory {
        MemoryModel::SequentiallyConsistent => {
            contended.into_iter().any(|touch| knowledge.uses.conflict(*touch, task, progress))
        }
        // A delayed store is made later than it was come to.
        MemoryModel::StoreBuffers => contended.into_iter().next().is_some(),
    }
}
