//! Which places tasks compete for: only there does it matter who goes first.
//!
//! A switch before any other operation can as well be made before the task's next operation on
//! such a place, at no greater cost. A place is contended when
//!
//! - two tasks have touched it in one execution, one of them changing it, and neither the start
//!   of a task nor waiting for its end put the one before the other; and
//! - it is one by which tasks order what they do: it was touched by a system call or by an
//!   instruction that reads and writes at once. Or it is plain memory, and no such order was
//!   kept: what a lock protects is not contended, the lock is.
//!
//! Plain memory that is used to order things after all (Peterson's lock) is found to be
//! contended, and orders things from then on. That it is enough to switch at places like these
//! as long as no execution shows a race elsewhere is shown by Musuvathi and Qadeer (Iterative
//! context bounding for systematic testing of multithreaded programs, 2007, section 3).
//!
//! Where stores can be delayed the first condition is enough: the order that was seen kept
//! says less there.

use std::collections::{HashMap, HashSet};

use crate::clocks::{Clock, Clocks};
use crate::{AccessKind, Action, Call, Location, MemoryModel, Step, TaskId, Touch};

/// Races are looked for one at a time, since the first may explain the others; but so often
/// for one execution at most.
const MOST_PASSES: usize = 16;

/// The contended places met in any execution so far.
#[derive(Debug)]
pub(crate) struct Contended {
    memory: MemoryModel,
    places: HashSet<Location>,
    /// Those of which the first condition is true.
    shared: HashSet<Location>,
}

impl Contended {
    /// None yet.
    pub(crate) fn new(memory: MemoryModel) -> Contended {
        Contended { memory, places: HashSet::new(), shared: HashSet::new() }
    }

    /// Whether `location` is one.
    pub(crate) fn contains(&self, location: Location) -> bool {
        self.places.contains(&location)
    }

    /// Whether tasks share `location`: it is contended, or would be without the order that they
    /// keep.
    pub(crate) fn shares(&self, location: Location) -> bool {
        self.shared.contains(&location)
    }

    /// Learns from an execution. Returns the places that are new, in the order of their
    /// discovery.
    pub(crate) fn learn(&mut self, steps: &[Step]) -> Vec<Location> {
        let shared = unordered(steps, &HashSet::new());
        self.shared.extend(&shared);
        match self.memory {
            MemoryModel::SequentiallyConsistent => {}
            MemoryModel::StoreBuffers => {
                return shared.into_iter().filter(|place| self.places.insert(*place)).collect();
            }
        }
        let ordering = ordering_places(steps);
        let mut found: Vec<Location> =
            shared.iter().copied().filter(|place| ordering.contains(place) && self.places.insert(*place)).collect();
        if shared.iter().all(|place| self.places.contains(place)) {
            return found;
        }
        for pass in 1..=MOST_PASSES {
            let racing = unordered(steps, &self.places);
            let first = racing.iter().take(if pass < MOST_PASSES { 1 } else { racing.len() });
            let new: Vec<Location> = first.copied().filter(|place| self.places.insert(*place)).collect();
            if new.is_empty() {
                break;
            }
            found.extend(new);
        }
        found
    }
}

/// The places that were touched by a system call, or read and written at once.
fn ordering_places(steps: &[Step]) -> HashSet<Location> {
    let orders = |step: &&Step| match &step.action {
        Action::Access(access) => matches!(access.kind, AccessKind::Update | AccessKind::Exchange),
        // what is in a file is data, as what is in memory is
        Action::Call(Call::File(_)) => false,
        Action::Call(_) => true,
    };
    steps.iter().filter(orders).flat_map(|step| step.touched.iter().map(|touch| location(*touch))).collect()
}

/// The places at which two tasks met, one of them changing it, without an order between them
/// other than luck: none by starts and ends, nor by what they did at the places in `ordering`.
/// In the order of their discovery; those in `ordering` left out.
fn unordered(steps: &[Step], ordering: &HashSet<Location>) -> Vec<Location> {
    let mut found = Vec::new();
    let mut done: HashSet<Location> = HashSet::new();
    let mut clocks = Clocks::default();
    let mut uses: HashMap<Location, Vec<Use>> = HashMap::new();
    let mut orders: HashMap<Location, Order> = HashMap::new();
    for step in steps {
        match step.action {
            // Before what it touches is looked at: the end itself is no luck.
            Action::Call(Call::Reap { child }) => clocks.end(step.task, child),
            Action::Call(_) | Action::Access(_) => {}
        }
        for &touch in step.touched.iter().filter(|touch| ordering.contains(&location(**touch))) {
            orders.entry(location(touch)).or_default().pass(touch, clocks.of(step.task));
        }
        let clock = clocks.of(step.task);
        let now = clock.tick(step.task);
        for &touch in &step.touched {
            let (place, writes) = match touch {
                Touch::Read(place) => (place, false),
                Touch::Write(place) => (place, true),
            };
            if ordering.contains(&place) {
                orders.entry(place).or_default().leave(touch, clock);
            } else if !done.contains(&place) {
                let users = uses.entry(place).or_default();
                let races = |user: &Use| {
                    let seen = clock.of(user.task);
                    user.task != step.task && (user.write > seen || (writes && user.read > seen))
                };
                if users.iter().any(races) {
                    found.push(place);
                    done.insert(place);
                    uses.remove(&place);
                    continue;
                }
                let index = users.iter().position(|user| user.task == step.task).unwrap_or_else(|| {
                    users.push(Use { task: step.task, read: 0, write: 0 });
                    users.len() - 1
                });
                *if writes { &mut users[index].write } else { &mut users[index].read } = now;
            }
        }
        match step.action {
            Action::Call(Call::Start { child, .. }) => clocks.start(step.task, child),
            Action::Call(_) | Action::Access(_) => {}
        }
    }
    found
}

/// When a task last read and last changed a place, by its own clock; 0 for never.
#[derive(Clone, Copy, Debug)]
struct Use {
    task: TaskId,
    read: u32,
    write: u32,
}

/// What came before the last change of a place, and before the looks at it since.
#[derive(Debug, Default)]
struct Order {
    write: Clock,
    reads: Clock,
}

impl Order {
    /// A task comes to the place.
    fn pass(&self, touch: Touch, clock: &mut Clock) {
        clock.join(&self.write);
        match touch {
            Touch::Read(_) => {}
            Touch::Write(_) => clock.join(&self.reads),
        }
    }

    /// A task goes on from there.
    fn leave(&mut self, touch: Touch, clock: &Clock) {
        match touch {
            Touch::Read(_) => self.reads.join(clock),
            Touch::Write(_) => self.write.join(clock),
        }
    }
}

fn location(touch: Touch) -> Location {
    match touch {
        Touch::Read(location) | Touch::Write(location) => location,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, CodeAddress, ObjectId, TaskKind};

    const DATA: Location = Location { object: ObjectId(5), word: 0 };
    const LOCK: Location = Location { object: ObjectId(5), word: 1 };

    fn step(task: u32, action: Action, touched: Vec<Touch>) -> Step {
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action, touched }
    }

    fn start(task: u32, child: u32) -> Step {
        step(task, Action::Call(Call::Start { child: TaskId(child), kind: TaskKind::Process }), Vec::new())
    }

    fn reap(task: u32, child: u32) -> Step {
        step(task, Action::Call(Call::Reap { child: TaskId(child) }), Vec::new())
    }

    fn access(task: u32, location: Location, kind: AccessKind) -> Step {
        let access = Access { location, offset: 0, size: 8, kind, before: 0, after: 0 };
        let touch = if kind == AccessKind::Load { Touch::Read(location) } else { Touch::Write(location) };
        step(task, Action::Access(access), vec![touch])
    }

    fn reads(task: u32) -> Step {
        access(task, DATA, AccessKind::Load)
    }

    fn writes(task: u32) -> Step {
        access(task, DATA, AccessKind::Store)
    }

    fn locks(task: u32) -> Step {
        access(task, LOCK, AccessKind::Update)
    }

    fn check(steps: &[Step], expected: &[Location]) {
        let mut known = Contended::new(MemoryModel::SequentiallyConsistent);
        assert_eq!(known.learn(steps), expected);
        assert_eq!(known.learn(steps), vec![]);
    }

    #[test]
    fn a_place_that_two_tasks_write_is_contended() {
        check(&[start(0, 1), start(0, 2), writes(1), writes(2)], &[DATA]);
        check(&[start(0, 1), start(0, 2), reads(1), writes(2)], &[DATA]);
        check(&[start(0, 1), start(0, 2), writes(1), reads(2)], &[DATA]);
        check(&[start(0, 1), writes(0), reads(1)], &[DATA]);
    }

    #[test]
    fn a_place_that_is_only_read_is_not() {
        check(&[start(0, 1), start(0, 2), reads(1), reads(2)], &[]);
    }

    #[test]
    fn what_is_written_before_the_start_or_read_after_the_end_is_not() {
        check(&[writes(0), start(0, 1), writes(1), reap(0, 1), reads(0)], &[]);
        check(&[start(0, 1), writes(1), reap(0, 1), start(0, 2), writes(2)], &[]);
        check(&[start(0, 1), writes(1), start(0, 2), writes(2)], &[DATA]);
    }

    #[test]
    fn a_lock_is_contended_and_what_it_protects_is_not() {
        let begin = [start(0, 1), start(0, 2)];
        let inside = [locks(1), writes(1), locks(1), locks(2), writes(2), locks(2)];
        check(&[&begin[..], &inside].concat(), &[LOCK]);
        let outside = [locks(1), locks(1), writes(1), locks(2), writes(2), locks(2)];
        check(&[&begin[..], &outside].concat(), &[LOCK, DATA]);
    }

    #[test]
    fn a_plain_word_that_orders_others_explains_them() {
        let flag = |task, kind| access(task, LOCK, kind);
        let begin = [start(0, 1), start(0, 2)];
        let handed_over = [writes(1), flag(1, AccessKind::Store), flag(2, AccessKind::Load), reads(2)];
        check(&[&begin[..], &handed_over].concat(), &[LOCK]);
    }
}
