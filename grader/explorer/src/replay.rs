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
    /// Others could go on than when the schedule was recorded.
    OthersReady {
        /// What the schedule says.
        choice: Choice,
        /// Who could go on then.
        recorded: Vec<TaskId>,
        /// Who can go on now.
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
            Divergence::NotReady { choice, ready } => {
                write!(f, "at choice {} task {} cannot go on as recorded", choice.point, choice.task.0)?;
                write!(f, " (those that can: {})", Tasks(ready))
            }
            Divergence::OthersReady { choice, recorded, ready } => {
                write!(f, "at choice {} other tasks can go on ({})", choice.point, Tasks(ready))?;
                write!(f, " than when it was recorded ({})", Tasks(recorded))
            }
            Divergence::NeverReached { choice } => write!(f, "the program ends before choice {}", choice.point),
        }
    }
}

/// Tasks by their numbers.
struct Tasks<'a>(&'a [TaskId]);

impl fmt::Display for Tasks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, task) in self.0.iter().enumerate() {
            write!(f, "{}{}", if number > 0 { ", " } else { "" }, task.0)?;
        }
        if self.0.is_empty() { f.write_str("none") } else { Ok(()) }
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

/// A choice that was made, and who could have gone on there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The choice.
    pub choice: Choice,
    /// All who could go on, the one chosen too, in the order of their numbers.
    pub ready: Vec<TaskId>,
}

/// Follows a schedule.
#[derive(Debug)]
pub struct Replay {
    strictness: Strictness,
    choices: Schedule,
    /// For each choice who could go on when it was recorded, where that is known.
    recorded: Vec<Vec<TaskId>>,
    next: usize,
    point: u64,
    preemptions: u32,
    followed: Schedule,
    /// Who could go on at each of those.
    ready: Vec<Vec<TaskId>>,
    divergence: Option<Divergence>,
    policy: Policy,
}

impl Replay {
    /// Will follow `choices`, whose points must be in order.
    pub fn new(choices: Schedule, strictness: Strictness) -> Replay {
        Replay {
            strictness,
            choices,
            recorded: Vec::new(),
            next: 0,
            point: 0,
            preemptions: 0,
            followed: Vec::new(),
            ready: Vec::new(),
            divergence: None,
            policy: Policy::default(),
        }
    }

    /// Will follow what was recorded, to the letter: where others could go on than then, it is
    /// not the same program.
    pub fn recorded(made: Vec<Made>) -> Replay {
        let (choices, recorded) = made.into_iter().map(|made| (made.choice, made.ready)).unzip();
        Replay { recorded, ..Replay::new(choices, Strictness::Strict) }
    }

    /// Preemptions made so far.
    pub fn preemptions(&self) -> u32 {
        self.preemptions
    }

    /// The choices so far that were made, and differ from the default.
    pub fn followed(&self) -> &[Choice] {
        &self.followed
    }

    /// The same with who could go on there.
    pub fn made(&self) -> Vec<Made> {
        let both = self.followed.iter().zip(&self.ready);
        both.map(|(choice, ready)| Made { choice: *choice, ready: ready.clone() }).collect()
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
            let recorded = self.recorded.get(self.next).cloned();
            self.next += 1;
            let ready = tasks(point);
            if choice.point == self.point && choice.is_possible(point.ready) {
                match recorded {
                    Some(recorded) if recorded != ready => {
                        self.divergence.get_or_insert(Divergence::OthersReady { choice, recorded, ready });
                        return Decision::Abandon;
                    }
                    Some(_) | None => {}
                }
                chosen = choice;
                continue;
            }
            self.divergence.get_or_insert(Divergence::NotReady { choice, ready });
            match self.strictness {
                Strictness::Strict => return Decision::Abandon,
                Strictness::Lenient => {}
            }
        }
        if (chosen.task, chosen.way) != (view.default, Way::Plain) {
            self.followed.push(chosen);
            self.ready.push(tasks(point));
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

fn tasks(point: &ChoicePoint<'_>) -> Vec<TaskId> {
    point.ready.iter().map(|ready| ready.task).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CodeAddress, Pending, Ready};

    fn ready(tasks: &[u32]) -> Vec<Ready> {
        let one = |task: &u32| Ready {
            task: TaskId(*task),
            code: CodeAddress(0),
            next: Pending::Begin,
            faults: Vec::new(),
            midway: false,
            stalls: false,
        };
        tasks.iter().map(one).collect()
    }

    /// Follows one recorded choice, where these could go on then and those can now.
    fn check(recorded: &[u32], now: &[u32], expected: Option<&str>) {
        let choice = Choice::plain(0, TaskId(2));
        let made = Made { choice, ready: recorded.iter().copied().map(TaskId).collect() };
        let mut replay = Replay::recorded(vec![made.clone()]);
        let decision = replay.choose(&ChoicePoint { current: None, ready: &ready(now) });
        let divergence = replay.divergence().map(|divergence| divergence.to_string());
        assert_eq!(divergence.as_deref(), expected);
        match expected {
            Some(_) => assert_eq!(decision, Decision::Abandon),
            None => assert_eq!((decision, replay.made()), (Decision::Run(TaskId(2)), vec![made])),
        }
    }

    #[test]
    fn a_recorded_choice_is_made_where_the_same_could_go_on() {
        check(&[1, 2], &[1, 2], None);
    }

    #[test]
    fn where_others_can_go_on_it_is_another_program() {
        let others = "at choice 0 other tasks can go on (0, 2) than when it was recorded (1, 2)";
        check(&[1, 2], &[0, 2], Some(others));
        check(&[1, 2], &[1], Some("at choice 0 task 2 cannot go on as recorded (those that can: 1)"));
    }
}
