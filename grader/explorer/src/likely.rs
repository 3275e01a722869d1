//! Which switches are likely to show a defect, from what an execution did.
//!
//! Most defects of this kind need one preemption in the right place, and two accesses of the
//! one task with one of the other between them (Lu et al.: Learning from mistakes, 2008).

use std::collections::HashMap;

use crate::{AccessKind, Action, CodeAddress, Location, Step, TaskId, Touch};

/// How promising a switch is; the lesser comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Promise {
    /// It parts what belongs together, at places in the code where that was on the list so many
    /// times.
    Parts(u32, Parted),
    /// Anything else: by how often a switch between the same two places in the code is on the
    /// list already.
    Plain(u32),
}

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Parted {
    /// A load and the store that follows it: it lets in another writer.
    Update,
    /// Two accesses to contended places: it lets in a task that meets both.
    Pair,
}

/// So often the same places in the code promise more than others: a queue that is empty the
/// first time may have something the next.
const AGAIN: u32 = 4;

/// What there is to say for a switch: the places in the code that it would bring together. The
/// first few of each kind promise more than repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Of the load, of the store that follows it, and of the other task's store.
    update: Option<[CodeAddress; 3]>,
    /// Of both accesses of the one task, and of the other's to the second place.
    pair: Option<[CodeAddress; 3]>,
}

/// No more pairs of places in the code are remembered than this; the rest counts as tried.
const MOST: usize = 1 << 18;

/// What has been on the list already.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    parted: HashMap<(Parted, [CodeAddress; 3]), u32>,
    plain: HashMap<(u32, CodeAddress, CodeAddress), u32>,
}

impl Tried {
    /// What a switch promises that comes on the list now, with so many preemptions in all, from
    /// one place in the code to another.
    pub(crate) fn promise(&mut self, hint: Hint, preemptions: u32, from: CodeAddress, to: CodeAddress) -> Promise {
        for (kind, places) in [(Parted::Update, hint.update), (Parted::Pair, hint.pair)] {
            let Some(places) = places else { continue };
            let times = self.parted.entry((kind, places)).or_default();
            if *times < AGAIN {
                *times += 1;
                return Promise::Parts(*times - 1, kind);
            }
        }
        if self.plain.len() >= MOST && !self.plain.contains_key(&(preemptions, from, to)) {
            return Promise::Plain(u32::MAX);
        }
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
    /// Where it looked at a place, which it now changes without a second look.
    look: Option<(Location, CodeAddress)>,
    /// The place it met last, and the one it meets now.
    pair: Option<Pair>,
}

#[derive(Clone, Copy, Debug)]
struct Pair {
    first: Location,
    first_code: CodeAddress,
    second: Location,
}

/// What a task does with a place in the whole execution: where it first met it, and where it
/// first changed it.
#[derive(Clone, Copy, Debug)]
struct Used {
    code: CodeAddress,
    write: Option<CodeAddress>,
}

impl Likely {
    /// Looks at an execution; `matters` says which places tasks compete for.
    pub(crate) fn new(steps: &[Step], matters: impl Fn(Location) -> bool) -> Likely {
        let mut likely = Likely { before: Vec::with_capacity(steps.len()), uses: HashMap::new() };
        // For each task and place: where it last looked at it, unless it changed it since.
        let mut looks: HashMap<(TaskId, Location), CodeAddress> = HashMap::new();
        let mut last: HashMap<TaskId, (Location, CodeAddress)> = HashMap::new();
        for step in steps {
            let mut before = Before::default();
            let mut met = None;
            for &touch in &step.touched {
                let (place, writes) = match touch {
                    Touch::Read(place) => (place, false),
                    Touch::Write(place) => (place, true),
                };
                if !matters(place) {
                    continue;
                }
                met.get_or_insert(place);
                let key = (step.task, place);
                let used = likely.uses.entry(key).or_insert(Used { code: step.code, write: None });
                if writes {
                    used.write.get_or_insert(step.code);
                    let look = looks.remove(&key).filter(|_| !looks_itself(step));
                    before.look = before.look.or(look.map(|code| (place, code)));
                } else {
                    looks.insert(key, step.code);
                }
                if let Some(&(first, first_code)) = last.get(&step.task).filter(|(first, _)| *first != place) {
                    before.pair.get_or_insert(Pair { first, first_code, second: place });
                }
            }
            if let Some(place) = met {
                last.insert(step.task, (place, step.code));
            }
            likely.before.push(before);
        }
        likely
    }

    /// What there is to say for letting `other` go on just before the step with this number.
    pub(crate) fn hint(&self, number: usize, step: &Step, other: TaskId) -> Hint {
        let Some(before) = self.before.get(number) else { return Hint::default() };
        let uses = |task, place| self.uses.get(&(task, place));
        let update = before.look.and_then(|(place, look)| {
            let write = uses(other, place)?.write?;
            Some([look, step.code, write])
        });
        let pair = before.pair.and_then(|pair| {
            let conflict = |place| {
                let (own, theirs) = (uses(step.task, place)?, uses(other, place)?);
                own.write.or(theirs.write).map(|_| theirs.code)
            };
            conflict(pair.first)?;
            Some([pair.first_code, step.code, conflict(pair.second)?])
        });
        Hint { update, pair }
    }
}

/// Whether the step looks at what it changes, with nobody between.
fn looks_itself(step: &Step) -> bool {
    match &step.action {
        Action::Access(access) => access.kind == AccessKind::Update,
        Action::Call(_) => false,
    }
}
