//! Following a given schedule, without a search.

use std::fmt;

use crate::policy::Policy;
use crate::{Choice, ChoicePoint, Decision, Schedule, Scheduler, Step, TaskId, Way};

/// Where reality differs from a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// The task that was to go on could not.
    NotReady {
        /// What the schedule says.
        choice: Choice,
        /// Who could go on.
        ready: Vec<TaskId>,
    },
    /// The execution ended before that choice.
    NeverReached {
        /// What the schedule says.
        choice: Choice,
    },
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Divergence::NotReady { choice, .. } => {
                write!(f, "at choice {} task {} cannot go on", choice.point, choice.task.0)
            }
            Divergence::NeverReached { choice } => write!(f, "the program ends before choice {}", choice.point),
        }
    }
}

impl std::error::Error for Divergence {}

/// What to do with a choice that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Stop: the schedule was recorded, and has to happen again as it was.
    Strict,
    /// Leave it out: the schedule is a guess, made by leaving out other choices.
    Lenient,
}

/// Follows a schedule.
#[derive(Debug)]
pub struct Replay {
    strictness: Strictness,
    choices: Schedule,
    next: usize,
    point: u64,
    preemptions: u32,
    followed: Schedule,
    divergence: Option<Divergence>,
    policy: Policy,
}

impl Replay {
    /// Will follow `choices`, whose points must be in order.
    pub fn new(choices: Schedule, strictness: Strictness) -> Replay {
        Replay {
            strictness,
            choices,
            next: 0,
            point: 0,
            preemptions: 0,
            followed: Vec::new(),
            divergence: None,
            policy: Policy::default(),
        }
    }

    /// Preemptions made so far.
    pub fn preemptions(&self) -> u32 {
        self.preemptions
    }

    /// The choices so far that were made, and differ from the default.
    pub fn followed(&self) -> &[Choice] {
        &self.followed
    }

    /// Where reality differed from the schedule. To be asked after the execution has ended.
    pub fn divergence(&self) -> Option<Divergence> {
        let unused = self.choices.get(self.next).map(|&choice| Divergence::NeverReached { choice });
        self.divergence.clone().or(unused)
    }
}

impl Scheduler for Replay {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let Some(view) = self.policy.look(point) else { return Decision::Abandon };
        let mut chosen = Choice::plain(self.point, view.default);
        while let Some(&choice) = self.choices.get(self.next).filter(|choice| choice.point <= self.point) {
            self.next += 1;
            if choice.point == self.point && choice.is_possible(point.ready) {
                chosen = choice;
                continue;
            }
            let ready = point.ready.iter().map(|ready| ready.task).collect();
            self.divergence.get_or_insert(Divergence::NotReady { choice, ready });
            match self.strictness {
                Strictness::Strict => return Decision::Abandon,
                Strictness::Lenient => {}
            }
        }
        if (chosen.task, chosen.way) != (view.default, Way::Plain) {
            self.followed.push(chosen);
            self.preemptions += view.cost(chosen.task, chosen.way);
        }
        self.policy.commit(chosen.task);
        self.point += 1;
        chosen.decision()
    }

    fn observe(&mut self, step: &Step) {
        self.policy.observe(step);
    }
}
