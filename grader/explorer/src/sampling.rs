//! Random schedules for what is too large to be searched through: probabilistic concurrency
//! testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: A randomized scheduler with
//! probabilistic guarantees of finding bugs, 2010).
//!
//! Each task gets a random priority; whoever has the highest goes on. At `depth - 1` random
//! moments whoever is about to go on gets a priority below all others. A bug of depth d is one
//! that d ordering constraints between steps are enough for.
//!
//! Deviations from the paper: who may go on is what the policy says, so that loops which wait
//! for others end; a store that can be delayed is, half of the time; what can fail does, one
//! time in eight. The bound holds for bugs that need neither delays nor failures.

use std::collections::HashMap;

use crate::random::Random;
use crate::run::Other;
use crate::schedule::DEPTH;
use crate::{Choice, TaskId, Way};

/// One random schedule, as it is being made.
#[derive(Debug)]
pub(crate) struct Sample {
    random: Random,
    priorities: HashMap<TaskId, u64>,
    /// Choice points at which whoever is about to go on falls behind all others.
    falls: Vec<u64>,
    fallen: u64,
    /// How many more steps may fail.
    failures: u32,
}

/// Priorities below this one are of those who fell.
const FALLEN: u64 = DEPTH as u64;

impl Sample {
    /// The sample with this number, of executions of about so many choice points. At most so
    /// many steps fail.
    pub(crate) fn new(number: u32, points: u64, failures: u32) -> Sample {
        let mut random = Random::new(u64::from(number));
        let falls = (1..DEPTH).map(|_| random.below(points)).collect();
        Sample { random, priorities: HashMap::new(), falls, fallen: 0, failures }
    }

    /// Chooses between the default and the others.
    pub(crate) fn choose(&mut self, point: u64, default: TaskId, others: &[Other]) -> Choice {
        let is_plain = |other: &&Other| other.way == Way::Plain;
        let mut tasks = vec![default];
        tasks.extend(others.iter().filter(is_plain).map(|other| other.task));
        // In the order of their numbers, so that who is the default makes no difference.
        tasks.sort_unstable();
        for _ in 0..self.falls.iter().filter(|fall| **fall == point).count() {
            let first = self.first(&tasks, default);
            self.fallen += 1;
            self.priorities.insert(first, FALLEN - self.fallen);
        }
        let task = self.first(&tasks, default);
        Choice { point, task, way: self.way(task, others) }
    }

    fn first(&mut self, tasks: &[TaskId], default: TaskId) -> TaskId {
        let random = &mut self.random;
        let priorities = &mut self.priorities;
        let priority = |task: &TaskId| *priorities.entry(*task).or_insert_with(|| FALLEN + (random.number() >> 1));
        tasks.iter().copied().max_by_key(priority).unwrap_or(default)
    }

    fn way(&mut self, task: TaskId, others: &[Other]) -> Way {
        for other in others.iter().filter(|other| other.task == task) {
            let (happens, fails) = match other.way {
                Way::Plain => (false, false),
                Way::Delays => (self.random.below(2) == 0, false),
                Way::Fails(_) => (self.failures > 0 && self.random.below(8) == 0, true),
            };
            if happens {
                self.failures -= u32::from(fails);
                return other.way;
            }
        }
        Way::Plain
    }
}
