//! Which places tasks compete for.
//!
//! Only there does it matter who goes first: a switch before any other operation can as well
//! be made before the task's next operation on such a place, at no greater cost. A place is
//! contended once two tasks have touched it in one execution, one of them changing it, and
//! nothing but luck put the one before the other. Starting a task, and waiting for its end,
//! are no luck; a lock is, since it could have been taken in the other order.

use std::collections::{HashMap, HashSet};

use crate::{Action, Call, Location, Step, TaskId, Touch};

/// The contended places met in any execution so far.
#[derive(Debug, Default)]
pub(crate) struct Contended {
    places: HashSet<Location>,
}

impl Contended {
    /// Whether `location` is one.
    pub(crate) fn contains(&self, location: Location) -> bool {
        self.places.contains(&location)
    }

    /// Learns from an execution. Returns the places that are new, in the order of their
    /// discovery.
    pub(crate) fn learn(&mut self, steps: &[Step]) -> Vec<Location> {
        let mut found = Vec::new();
        let mut clocks = Clocks::default();
        let mut uses: HashMap<Location, Vec<Use>> = HashMap::new();
        for step in steps {
            let now = clocks.tick(step.task);
            for touch in &step.touched {
                let (location, writes) = match *touch {
                    Touch::Read(location) => (location, false),
                    Touch::Write(location) => (location, true),
                };
                if self.contains(location) {
                    continue;
                }
                let users = uses.entry(location).or_default();
                let competes = |user: &Use| {
                    let seen = clocks.seen(step.task, user.task);
                    user.task != step.task && (user.write > seen || (writes && user.read > seen))
                };
                if users.iter().any(competes) {
                    self.places.insert(location);
                    found.push(location);
                    uses.remove(&location);
                    continue;
                }
                let position = users.iter().position(|user| user.task == step.task).unwrap_or_else(|| {
                    users.push(Use { task: step.task, read: 0, write: 0 });
                    users.len() - 1
                });
                let user = &mut users[position];
                *if writes { &mut user.write } else { &mut user.read } = now;
            }
            clocks.observe(step);
        }
        found
    }
}

/// When a task last read and last changed a place, by its own clock; 0 for never.
#[derive(Clone, Copy, Debug)]
struct Use {
    task: TaskId,
    read: u32,
    write: u32,
}

/// For each task, how far it has surely come after each other one, by starts and ends alone.
#[derive(Debug, Default)]
struct Clocks {
    tasks: HashMap<TaskId, HashMap<TaskId, u32>>,
}

impl Clocks {
    fn tick(&mut self, task: TaskId) -> u32 {
        let now = self.tasks.entry(task).or_default().entry(task).or_default();
        *now += 1;
        *now
    }

    /// The last step of `other` that surely came before what `task` does now.
    fn seen(&self, task: TaskId, other: TaskId) -> u32 {
        self.tasks.get(&task).and_then(|clock| clock.get(&other)).copied().unwrap_or_default()
    }

    fn observe(&mut self, step: &Step) {
        match step.action {
            Action::Call(Call::Start { child, .. }) => {
                let clock = self.tasks.get(&step.task).cloned().unwrap_or_default();
                self.tasks.insert(child, clock);
            }
            Action::Call(Call::Reap { child }) => {
                let ended = self.tasks.get(&child).cloned().unwrap_or_default();
                let clock = self.tasks.entry(step.task).or_default();
                for (task, time) in ended {
                    let known = clock.entry(task).or_default();
                    *known = time.max(*known);
                }
            }
            Action::Call(_) | Action::Access(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeAddress, ObjectId, TaskKind};

    const PLACE: Location = Location { object: ObjectId(5), word: 0 };

    fn call(task: u32, call: Call, touched: Vec<Touch>) -> Step {
        Step { task: TaskId(task), code: CodeAddress(0), frames: Vec::new(), action: Action::Call(call), touched }
    }

    fn start(task: u32, child: u32) -> Step {
        call(task, Call::Start { child: TaskId(child), kind: TaskKind::Process }, Vec::new())
    }

    fn reap(task: u32, child: u32) -> Step {
        call(task, Call::Reap { child: TaskId(child) }, Vec::new())
    }

    fn reads(task: u32) -> Step {
        call(task, Call::Other { name: "read" }, vec![Touch::Read(PLACE)])
    }

    fn writes(task: u32) -> Step {
        call(task, Call::Other { name: "write" }, vec![Touch::Write(PLACE)])
    }

    fn check(steps: &[Step], contended: bool) {
        let mut known = Contended::default();
        let expected = if contended { vec![PLACE] } else { vec![] };
        assert_eq!(known.learn(steps), expected);
        assert_eq!(known.learn(steps), vec![]);
        assert_eq!(known.contains(PLACE), contended);
    }

    #[test]
    fn a_place_that_two_tasks_write_is_contended() {
        check(&[start(0, 1), start(0, 2), writes(1), writes(2)], true);
        check(&[start(0, 1), start(0, 2), reads(1), writes(2)], true);
        check(&[start(0, 1), start(0, 2), writes(1), reads(2)], true);
        check(&[start(0, 1), writes(0), reads(1)], true);
    }

    #[test]
    fn a_place_that_is_only_read_is_not() {
        check(&[start(0, 1), start(0, 2), reads(1), reads(2)], false);
    }

    #[test]
    fn what_is_written_before_the_start_or_read_after_the_end_is_not() {
        check(&[writes(0), start(0, 1), writes(1), reap(0, 1), reads(0)], false);
        check(&[start(0, 1), writes(1), reap(0, 1), start(0, 2), writes(2)], false);
        check(&[start(0, 1), writes(1), start(0, 2), writes(2)], true);
    }
}
