//! What can be wrong with an execution, with the evidence for it.

use explorer::{Leftover, Limit, LostUpdate, Stuck, TaskEnd, TaskId};

use crate::comparison::Mismatch;
use crate::mechanism::Broken;
use crate::verdict::VerdictCode;

/// What decides about an execution, and what else was wrong with it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What is nearest the cause.
    pub fault: Fault,
    /// What else there was, the nearest first.
    pub also: Vec<VerdictCode>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It tried what it may not do; in words.
    Forbidden(Vec<String>),
    /// It needed more tasks, memory or files than there are.
    TooMuch(Limit),
    /// Nobody can go on: who waits for what.
    Deadlock(Vec<Stuck>),
    /// Some run for ever without getting on.
    Livelock {
        /// Those.
        running: Vec<TaskId>,
        /// The others.
        waiting: Vec<Stuck>,
    },
    /// It ran past a limit.
    Timeout(Limit),
    /// It ended as it should not have.
    Crash(Crash),
    /// Processes that do not end with the program, or were left behind on purpose.
    Orphan {
        /// Their first tasks.
        left: Vec<TaskId>,
        /// What those wait for that would never end.
        stuck: Vec<Stuck>,
    },
    /// Children that ended and that nobody waited for.
    Zombie(Vec<TaskId>),
    /// The output is wrong because one write overwrote another.
    LostUpdate {
        /// Which.
        update: LostUpdate,
        /// What is wrong with the output.
        mismatch: Mismatch,
    },
    /// The output is wrong.
    WrongOutput {
        /// How.
        mismatch: Mismatch,
        /// Who ended badly on the way.
        deaths: Vec<Death>,
    },
    /// Names were left behind.
    Leak(Vec<Leftover>),
    /// A rule of the lesson does not hold.
    Mechanism {
        /// Which, in the lesson's order.
        rule: usize,
        /// How.
        broken: Broken,
    },
}

/// How a program ended that should not have ended so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// By a signal.
    Signal(i32),
    /// With the exit code of a panic.
    Panic,
    /// With another exit code.
    Exit {
        /// This one.
        code: i32,
        /// Instead of this one.
        expected: i32,
    },
}

/// A task that ended by a signal or with an exit code other than 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// Who.
    pub task: TaskId,
    /// How.
    pub end: TaskEnd,
}

impl Fault {
    /// Its verdict.
    pub fn code(&self) -> VerdictCode {
        match self {
            Fault::Forbidden(_) | Fault::TooMuch(_) => VerdictCode::Forbidden,
            Fault::Deadlock(_) => VerdictCode::Deadlock,
            Fault::Livelock { .. } => VerdictCode::Livelock,
            Fault::Timeout(_) => VerdictCode::Timeout,
            Fault::Crash(_) => VerdictCode::Crash,
            Fault::Orphan { .. } => VerdictCode::Orphan,
            Fault::Zombie(_) => VerdictCode::Zombie,
            Fault::LostUpdate { .. } => VerdictCode::LostUpdate,
            Fault::WrongOutput { .. } => VerdictCode::WrongOutput,
            Fault::Leak(_) => VerdictCode::Leak,
            Fault::Mechanism { .. } => VerdictCode::Mechanism,
        }
    }

    /// Whether two executions showed the same: their evidence differs in detail.
    pub fn is_like(&self, other: &Fault) -> bool {
        match (self, other) {
            (Fault::Mechanism { rule, .. }, Fault::Mechanism { rule: again, .. }) => rule == again,
            (Fault::Crash(crash), Fault::Crash(again)) => crash == again,
            (one, other) => one.code() == other.code(),
        }
    }

    /// Whether it is concluded from who waits for whom: then it stands only where all that
    /// was met is modelled.
    pub(super) fn rests_on_models(&self) -> bool {
        match self {
            Fault::Deadlock(_)
            | Fault::Livelock { .. }
            | Fault::Timeout(_)
            | Fault::Orphan { .. }
            | Fault::Mechanism { .. } => true,
            Fault::Forbidden(_)
            | Fault::TooMuch(_)
            | Fault::Crash(_)
            | Fault::Zombie(_)
            | Fault::LostUpdate { .. }
            | Fault::WrongOutput { .. }
            | Fault::Leak(_) => false,
        }
    }
}
