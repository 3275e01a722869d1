//! Which switches are likely to show a defect, from what an execution did.
//!
//! Most defects of this kind need one preemption in the right place, and two accesses of the
//! one task with one of the other between them (Lu et al.: Learning from mistakes, 2008).

use std::collections::{HashMap, HashSet};

use crate::contention::Contended;
use crate::{AccessKind, Action, CodeAddress, Location, Step, TaskId, Touch};

/// How promising a switch is; the lesser comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// It parts a load from the store that follows it, and lets in another writer.
    PartsUpdate,
    /// It parts two accesses to contended places, and lets in a task that meets both.
    PartsPair,
    /// Anything else: by how often a switch between the same two places in the code is on the
    /// list already.
    Plain(u32),
}

/// Pairs of places in the code that have been parted already: repeats promise less.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    updates: HashSet<[CodeAddress; 3]>,
    pairs: HashSet<[CodeAddress; 3]>,
    plain: HashMap<(u32, CodeAddress, CodeAddress), u32>,
}

impl Tried {
    /// How often a switch between these places in the code has been on the list of those with
    /// so many preemptions.
    pub(crate) fn plain(&mut self, preemptions: u32, from: CodeAddress, to: CodeAddress) -> Promise {
        let times = self.plain.entry((preemptions, from, to)).or_default();
        *times += 1;
        Promise::Plain(*times - 1)
    }
}

/// What the steps of one execution say.
#[derive(Debug)]
pub(crate) struct Likely {
    /// For each step, what its task had done before it.
    before: Vec<Before>,
    uses: HashMap<(TaskId, Location), Used>,
}

/// What the task of a step had done before that step.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    /// Where it looked at a contended place, which it now changes, without a second look.
    look: Option<(Location, CodeAddress)>,
    /// A pair of contended places: what it met last, and what it meets now.
    pair: Option<Pair>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    first: Location,
    first_code: CodeAddress,
    second: Location,
}

/// What a task does with a place in the whole execution.
#[derive(Clone, Copy, Debug)]
struct Used {
    code: CodeAddress,
    write: Option<CodeAddress>,
}

impl Likely {
    /// Looks at an execution.
    pub(crate) fn new(steps: &[Step], contended: &Contended) -> Likely {
        let mut likely = Likely { before: Vec::with_capacity(steps.len()), uses: HashMap::new() };
        // For each task and place: where it last looked at it, unless it changed it since.
        let mut looks: HashMap<(TaskId, Location), CodeAddress> = HashMap::new();
        let mut last: HashMap<TaskId, (Location, CodeAddress)> = HashMap::new();
        for step in steps {
            let mut before = Before::default();
            for &touch in &step.touched {
                let (place, writes) = match touch {
                    Touch::Read(place) => (place, false),
                    Touch::Write(place) => (place, true),
                };
                if !contended.contains(place) {
                    continue;
                }
                let key = (step.task, place);
                let used = likely.uses.entry(key).or_insert(Used { code: step.code, write: None });
                if writes {
                    used.write.get_or_insert(step.code);
                    let look = looks.remove(&key).filter(|_| !looks_itself(step));
                    before.look = before.look.or(look.map(|code| (place, code)));
                } else {
                    looks.insert(key, step.code);
                }
                match last.get(&step.task) {
                    Some(&(first, first_code)) if first != place => {
                        before.pair = before.pair.or(Some(Pair { first, first_code, second: place }));
                    }
                    Some(_) | None => {}
                }
            }
            let mut met = step.touched.iter().map(|touch| match *touch {
                Touch::Read(place) | Touch::Write(place) => place,
            });
            if let Some(place) = met.find(|place| contended.contains(*place)) {
                last.insert(step.task, (place, step.code));
            }
            likely.before.push(before);
        }
        likely
    }

    /// What it promises to let `other` go on just before the step with this number, which
    /// `task` took. `None` if nothing in particular.
    pub(crate) fn promise(&self, number: usize, step: &Step, other: TaskId, tried: &mut Tried) -> Option<Promise> {
        let before = self.before.get(number)?;
        if let Some((place, look)) = before.look
            && let Some(write) = self.uses.get(&(other, place)).and_then(|used| used.write)
            && tried.updates.insert([look, step.code, write])
        {
            return Some(Promise::PartsUpdate);
        }
        let pair = before.pair?;
        let (own_first, own_second) = (self.uses.get(&(step.task, pair.first))?, self.uses.get(&(step.task, pair.second))?);
        let (first, second) = (self.uses.get(&(other, pair.first))?, self.uses.get(&(other, pair.second))?);
        let conflicts = (own_first.write.or(first.write).is_some()) && (own_second.write.or(second.write).is_some());
        let is_new = conflicts && tried.pairs.insert([pair.first_code, step.code, second.code]);
        is_new.then_some(Promise::PartsPair)
    }
}

/// Whether the step looks at what it changes, with nobody between.
fn looks_itself(step: &Step) -> bool {
    match &step.action {
        Action::Access(access) => access.kind == AccessKind::Update,
        Action::Call(_) => false,
    }
}
