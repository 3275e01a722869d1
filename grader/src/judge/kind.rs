//! What kind of mistake a fault is, as far as the steps of an execution show it. Decides no
//! verdict: that is `run`'s.

use explorer::{
    Action, Call, Cause, Ending, Execution, Explanation, Stream, explain_deadlock, explain_order, refine_lost_update,
};

use super::fault::Fault;
use crate::comparison::Mismatch;

/// What happened, with the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the steps show, or plainly that their order was another.
    Order(Explanation),
    /// The right lines, in an order that nothing prevents.
    OutputOrder(OutputOrder),
    /// Why those that are left wait.
    Waits(Cause),
    /// Tasks that run and get nowhere.
    Livelock,
    /// A crash in some schedules only, and what the steps show of its cause.
    CrashInSchedule(Explanation),
}

/// Two lines that stand the wrong way round. Both numbers are indices of the steps that printed
/// them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputOrder {
    /// The line that should stand first.
    pub first: String,
    /// Where it was printed.
    pub first_at: usize,
    /// The line that should follow.
    pub second: String,
    /// Where that was printed.
    pub second_at: usize,
}

/// A kind's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindCode {
    /// A write over one that its task had not seen.
    LostUpdate,
    /// The right lines in another order.
    OrderOfOutput,
    /// One part of a write seen without the other.
    TornRead,
    /// A decision acted on when it was out of date.
    CheckThenAct,
    /// The same item taken twice.
    DoubleTake,
    /// A wait that began after its wake-up had passed.
    LostWakeUp,
    /// Each waits for the next, and the last for the first.
    Cycle,
    /// A reader waits for an end that somebody forgot to close.
    ForgottenEnd,
    /// A lock is held by a task that has ended.
    HolderEnded,
    /// A task waits for a lock that it holds itself.
    HoldsItself,
    /// Tasks run and get nowhere.
    Livelock,
    /// A crash in some schedules, and not in others.
    CrashInASchedule,
    /// The order of steps was another, and that is all that can be shown.
    AnotherOrder,
}

impl Kind {
    /// Of a fault in an execution; `right` is one near it that went right, if there is any.
    /// `None` where the verdict says all there is to say.
    pub fn of(fault: &Fault, execution: &Execution, right: Option<&Execution>) -> Option<Kind> {
        let by_order = || explain_order(execution, right?);
        match fault {
            Fault::LostUpdate { update, .. } => {
                let more = right.and_then(|right| refine_lost_update(update, execution, right));
                Some(Kind::Order(more.unwrap_or(Explanation::LostUpdate(*update))))
            }
            Fault::WrongOutput { mismatch, .. } => {
                let lines = right.and_then(|_| output_order(mismatch, execution)).map(Kind::OutputOrder);
                lines.or_else(|| by_order().map(Kind::Order))
            }
            Fault::Deadlock(_) => match explain_deadlock(execution).map(|known| known.cause) {
                Some(Cause::Unexplained) | None => by_order().map(Kind::Order),
                Some(cause) => Some(Kind::Waits(cause)),
            },
            Fault::Orphan { stuck, .. } if !stuck.is_empty() => {
                match explain_deadlock(execution).map(|known| known.cause) {
                    Some(Cause::Unexplained) | None => by_order().map(Kind::Order),
                    Some(cause) => Some(Kind::Waits(cause)),
                }
            }
            Fault::Livelock { .. } => Some(Kind::Livelock),
            Fault::Crash(_) => by_order().map(Kind::CrashInSchedule),
            Fault::Orphan { .. } | Fault::Zombie(_) | Fault::Leak(_) | Fault::Mechanism { .. } => {
                by_order().map(Kind::Order)
            }
            Fault::Forbidden(_) | Fault::TooMuch(_) | Fault::Timeout(_) => None,
        }
    }

    /// Its name.
    pub fn code(&self) -> KindCode {
        match self {
            Kind::Order(explanation) => match explanation {
                Explanation::LostUpdate(_) => KindCode::LostUpdate,
                Explanation::CheckThenAct(_) => KindCode::CheckThenAct,
                Explanation::TornRead(_) => KindCode::TornRead,
                Explanation::DoubleTake(_) => KindCode::DoubleTake,
                Explanation::OtherOrder(_) => KindCode::AnotherOrder,
            },
            Kind::OutputOrder(_) => KindCode::OrderOfOutput,
            Kind::Waits(cause) => match cause {
                Cause::HoldsItself { .. } => KindCode::HoldsItself,
                Cause::HolderEnded { .. } => KindCode::HolderEnded,
                Cause::ForgottenEnd { .. } => KindCode::ForgottenEnd,
                Cause::LostWakeup(_) => KindCode::LostWakeUp,
                Cause::Cycle(_) => KindCode::Cycle,
                Cause::Unexplained => KindCode::AnotherOrder,
            },
            Kind::Livelock => KindCode::Livelock,
            Kind::CrashInSchedule(_) => KindCode::CrashInASchedule,
        }
    }
}

/// Whether an execution ended as programs do.
pub(super) fn ended(execution: &Execution) -> bool {
    match execution.ending {
        Ending::Ended => true,
        Ending::Deadlock(_) | Ending::Orphans(_) | Ending::Livelock { .. } | Ending::Limit(_) | Ending::Abandoned => {
            false
        }
    }
}

/// The first two lines that stand the wrong way round, where all that should be printed was, and
/// nothing else.
fn output_order(mismatch: &Mismatch, execution: &Execution) -> Option<OutputOrder> {
    let sorted = |lines: &[String]| {
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        lines
    };
    if sorted(&mismatch.expected) != sorted(&mismatch.got) {
        return None;
    }
    let at = mismatch.expected.iter().zip(&mismatch.got).position(|(expected, got)| expected != got)?;
    let (first, second) = (&mismatch.expected[at], &mismatch.got[at]);
    let later = at + mismatch.got[at..].iter().position(|line| line == first)?;
    Some(OutputOrder {
        first: first.clone(),
        first_at: printed_at(execution, later + 1)?,
        second: second.clone(),
        second_at: printed_at(execution, at + 1)?,
    })
}

/// The step that printed the end of a line, given by its number from 1.
pub fn printed_at(execution: &Execution, number: usize) -> Option<usize> {
    let mut lines = 0;
    execution.steps.iter().position(|step| {
        if let Action::Call(Call::Print { stream: Stream::Out, bytes }) = &step.action {
            lines += bytes.iter().filter(|byte| **byte == b'\n').count();
        }
        lines >= number
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::{Expected, OutputRules};
    use crate::made_up::MadeUp;

    fn wrong(expected: &str, execution: &Execution) -> Fault {
        let printed = execution.output(Stream::Out);
        let expected = Expected::new(&OutputRules::default(), expected.as_bytes());
        Fault::WrongOutput { mismatch: expected.mismatch(&printed).unwrap(), deaths: Vec::new() }
    }

    #[track_caller]
    fn check(expected: &str, execution: &MadeUp, right: Option<&MadeUp>, kind: Option<KindCode>) {
        let (execution, right) = (execution.done(), right.map(MadeUp::done));
        let found = Kind::of(&wrong(expected, &execution), &execution, right.as_ref());
        assert_eq!(found.map(|found| found.code()), kind);
    }

    fn begin() -> MadeUp {
        MadeUp::new().start(0, 1).start(0, 2)
    }

    #[test]
    fn the_right_lines_the_wrong_way_round_are_an_order_of_output() {
        let wrong = begin().print(2, "b\n").print(1, "a\n");
        let right = begin().print(1, "a\n").print(2, "b\n");
        check("a\nb\n", &wrong, Some(&right), Some(KindCode::OrderOfOutput));
        // In every schedule: then it is simply wrong.
        check("a\nb\n", &wrong, None, None);
    }

    #[test]
    fn half_a_write_is_a_torn_read() {
        let wrong = begin().store(1, 0, 10).load(2, 0).load(2, 1).store(1, 1, 1).print(0, "torn\n");
        let right = begin().store(1, 0, 10).store(1, 1, 1).load(2, 0).load(2, 1).print(0, "whole\n");
        check("whole\n", &wrong, Some(&right), Some(KindCode::TornRead));
    }

    #[test]
    fn what_shows_no_pattern_is_another_order() {
        let wrong = begin().load(1, 0).store(2, 0, 7).print(0, "0\n");
        let right = begin().store(2, 0, 7).load(1, 0).print(0, "7\n");
        check("7\n", &wrong, Some(&right), Some(KindCode::AnotherOrder));
    }
}
