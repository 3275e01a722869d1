//! Judges the executions of one run of a program.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

use explorer::{Action, Call, Ending, Execution, LeftoverKind, Limit, Stream, TaskEnd, TaskId, find_lost_update};

use super::fault::{Crash, Death, Failure, Fault};
use super::{family, kind};
use crate::comparison::{Expected, Mismatch, OutputRules};
use crate::mechanism::{Holds, Rule, Tasks, evaluate};
use crate::session::Judge;
use crate::verdict::VerdictCode;

/// The exit code of a Rust program that panicked.
const PANIC: i32 = 101;

/// What one run must do.
#[derive(Clone, Debug)]
pub struct Contract {
    /// What it must print.
    pub output: Learn,
    /// The exit code it must have.
    pub exit: i32,
    /// What must be seen from outside.
    pub rules: Vec<Rule<u64>>,
    /// Files that are meant to stay.
    pub keeps: Vec<String>,
    /// Who must be waited for.
    pub helpers: Helpers,
}

/// Whether children that end by themselves when the program has ended must be waited for too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Helpers {
    /// Yes: the course asks for it.
    Reaped,
    /// No.
    Free,
}

/// What a run must print.
#[derive(Clone, Debug)]
pub enum Learn {
    /// This.
    Given(Expected),
    /// Whatever it prints in the first execution that is judged.
    FromFirst,
}

/// Judges executions by a contract, and remembers what one alone does not tell.
#[derive(Clone, Debug)]
pub struct RunJudge {
    contract: Contract,
    /// For each rule, whether it held in an execution.
    held: Vec<Held>,
    /// Wrong outputs that no lost update explains.
    unexplained: HashSet<Vec<String>>,
    doubts: BTreeSet<Doubt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    Yes,
    NotYet,
}

/// Why something that looked wrong is held against nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// It may hang on where a slice of processor time ended.
    Sliced(VerdictCode),
    /// It may hang on something that is not modelled.
    Unmodelled(VerdictCode),
}

impl RunJudge {
    /// A judge who has seen nothing yet.
    pub fn new(contract: Contract) -> Self {
        let held = vec![Held::NotYet; contract.rules.len()];
        RunJudge { contract, held, unexplained: HashSet::new(), doubts: BTreeSet::new() }
    }

    /// The rules that must hold once, and held in no execution judged.
    pub fn never_held(&self) -> Vec<usize> {
        let rules = self.contract.rules.iter().zip(&self.held).enumerate();
        let never = rules.filter(|(_, (rule, held))| rule.holds == Holds::Once && **held == Held::NotYet);
        never.map(|(index, _)| index).collect()
    }

    /// The lines that it must print, as far as that is known.
    pub fn expected(&self) -> &[String] {
        match &self.contract.output {
            Learn::Given(expected) => expected.lines(),
            Learn::FromFirst => &[],
        }
    }

    /// What looked wrong and is held against nobody, each kind once.
    pub fn doubts(&self) -> impl Iterator<Item = Doubt> {
        self.doubts.iter().copied()
    }

    /// What is wrong with an execution, doubtful or not.
    pub fn examine(&self, execution: &Execution) -> Option<Failure> {
        let mut faults = self.faults(execution);
        faults.sort_by_key(|fault| Reverse(fault.code()));
        let mut faults = faults.into_iter();
        let fault = faults.next()?;
        let mut also: Vec<_> = faults.map(|fault| fault.code()).collect();
        also.dedup();
        also.retain(|code| *code != fault.code());
        Some(Failure { fault, also })
    }

    fn faults(&self, execution: &Execution) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !execution.forbidden.is_empty() {
            faults.push(Fault::Forbidden(execution.forbidden.clone()));
        }
        let tasks = Tasks::of(execution);
        match &execution.ending {
            Ending::Abandoned => return faults,
            Ending::Deadlock(stuck) => {
                faults.push(Fault::Deadlock(stuck.clone()));
                return faults;
            }
            Ending::Livelock { running, waiting } => {
                faults.push(Fault::Livelock { running: running.clone(), waiting: waiting.clone() });
                return faults;
            }
            Ending::Limit(limit) => {
                faults.push(match limit {
                    Limit::Steps(_) | Limit::ProcessorTime(_) | Limit::Output(_) => Fault::Timeout(*limit),
                    Limit::Tasks(_) | Limit::Memory(_) | Limit::Files(_) => Fault::TooMuch(*limit),
                });
                return faults;
            }
            Ending::Orphans(stuck) => {
                let left: BTreeSet<TaskId> = stuck.iter().map(|stuck| tasks.process(stuck.task).0).collect();
                faults.push(Fault::Orphan { left: left.into_iter().collect(), stuck: stuck.clone() });
            }
            Ending::Ended => {
                let mut unreaped = family::unreaped(&tasks);
                match self.contract.helpers {
                    Helpers::Reaped => {}
                    Helpers::Free => unreaped.zombies.retain(|child| !family::ends_with_program(execution, *child)),
                }
                if !unreaped.orphans.is_empty() {
                    faults.push(Fault::Orphan { left: unreaped.orphans, stuck: Vec::new() });
                }
                if !unreaped.zombies.is_empty() {
                    faults.push(Fault::Zombie(unreaped.zombies));
                }
            }
        }
        // A task that is killed, or never made, prints nothing, and whoever waits for it may well
        // say so and give up. To hang or to crash is no answer to it.
        let lost = execution.steps.iter().any(|step| {
            matches!(step.action, Action::Call(Call::Fault(explorer::Fault::Killed | explorer::Fault::NoMoreProcesses)))
        });
        if lost {
            faults.extend(self.crash(execution).filter(|crash| matches!(crash, Crash::Signal(_))).map(Fault::Crash));
            return faults;
        }
        match self.crash(execution) {
            // What it printed until then is nobody's mistake of its own.
            Some(crash) => faults.push(Fault::Crash(crash)),
            None => {
                faults.extend(self.output(execution));
                faults.extend(self.mechanism(execution));
            }
        }
        faults.extend(self.leak(execution));
        faults
    }

    fn crash(&self, execution: &Execution) -> Option<Crash> {
        match execution.end_of(TaskId::FIRST)? {
            TaskEnd::Signal(signal) => Some(Crash::Signal(signal)),
            TaskEnd::Exit(code) if code == self.contract.exit => None,
            TaskEnd::Exit(PANIC) => Some(Crash::Panic),
            TaskEnd::Exit(code) => Some(Crash::Exit { code, expected: self.contract.exit }),
        }
    }

    fn mismatch(&self, execution: &Execution) -> Option<Mismatch> {
        match &self.contract.output {
            Learn::Given(expected) => expected.mismatch(&execution.output(Stream::Out)),
            Learn::FromFirst => None,
        }
    }

    fn output(&self, execution: &Execution) -> Option<Fault> {
        let mismatch = self.mismatch(execution)?;
        // The same wrong output without any lost update: then that is not what made it wrong.
        let update = if self.unexplained.contains(&mismatch.got) { None } else { find_lost_update(execution) };
        Some(match update {
            Some(update) => Fault::LostUpdate { update, mismatch },
            None => Fault::WrongOutput { mismatch, deaths: deaths(execution) },
        })
    }

    fn mechanism(&self, execution: &Execution) -> Option<Fault> {
        let rules = self.contract.rules.iter().enumerate().filter(|(_, rule)| rule.holds == Holds::Always);
        let mut broken = rules.filter_map(|(index, rule)| Some((index, evaluate(&rule.condition, execution)?)));
        broken.next().map(|(rule, broken)| Fault::Mechanism { rule, broken })
    }

    fn leak(&self, execution: &Execution) -> Option<Fault> {
        let kept = |name: &str| self.contract.keeps.iter().any(|kept| name.rsplit('/').next() == Some(kept));
        let left = execution.leftovers.iter().filter(|left| left.kind != LeftoverKind::File || !kept(&left.name));
        let left: Vec<_> = left.cloned().collect();
        (!left.is_empty()).then_some(Fault::Leak(left))
    }

    fn learn(&mut self, execution: &Execution) {
        if execution.steps.iter().any(|step| matches!(step.action, Action::Call(Call::Fault(_)))) {
            return;
        }
        if let (Learn::FromFirst, Ending::Ended) = (&self.contract.output, &execution.ending) {
            let expected = Expected::new(&OutputRules::default(), &execution.output(Stream::Out));
            self.contract.output = Learn::Given(expected);
        }
        if let Ending::Ended = execution.ending {
            for (rule, held) in self.contract.rules.iter().zip(&mut self.held) {
                if rule.holds == Holds::Once && *held == Held::NotYet && evaluate(&rule.condition, execution).is_none()
                {
                    *held = Held::Yes;
                }
            }
        }
    }
}

impl Judge for RunJudge {
    type Failure = Failure;

    fn judge(&mut self, execution: &Execution) -> Option<Failure> {
        self.learn(execution);
        let failure = self.examine(execution)?;
        let code = failure.fault.code();
        if execution.sliced {
            self.doubts.insert(Doubt::Sliced(code));
            return None;
        }
        if !execution.unmodelled.is_empty() && failure.fault.rests_on_models() {
            self.doubts.insert(Doubt::Unmodelled(code));
            return None;
        }
        if let Fault::WrongOutput { mismatch, .. } = &failure.fault {
            self.unexplained.insert(mismatch.got.clone());
        }
        Some(failure)
    }

    fn rank(&self, failure: &Failure) -> u32 {
        failure.fault.code().weight()
    }

    fn decisive_rank(&self) -> u32 {
        VerdictCode::LostUpdate.rank()
    }

    fn same(&self, one: &Failure, other: &Failure) -> bool {
        one.fault.is_like(&other.fault)
    }

    fn is_right(&self, execution: &Execution) -> bool {
        kind::ended(execution)
            && !execution.sliced
            && execution.unmodelled.is_empty()
            && self.examine(execution).is_none()
    }
}

fn deaths(execution: &Execution) -> Vec<Death> {
    let ends = execution.steps.iter().filter_map(|step| match step.action {
        Action::Call(Call::End(end)) if step.task != TaskId::FIRST => Some(Death { task: step.task, end }),
        Action::Call(_) | Action::Access(_) => None,
    });
    ends.filter(|death| death.end != TaskEnd::Exit(0)).collect()
}

#[cfg(test)]
mod tests {
    use explorer::{Leftover, Stuck, Wait};

    use super::*;
    use crate::made_up::MadeUp;
    use crate::mechanism::{Amount, Condition};

    fn contract(rules: Vec<Rule<u64>>) -> Contract {
        let output = Learn::Given(Expected::new(&OutputRules::default(), b"right\n"));
        Contract { output, exit: 0, rules, keeps: vec!["costs.svg".into()], helpers: Helpers::Free }
    }

    fn rule(holds: Holds) -> Rule<u64> {
        Rule { condition: Condition::Children(Amount::AtLeast(1)), holds, say: None }
    }

    #[track_caller]
    fn check(execution: &MadeUp, expected: &[VerdictCode]) {
        let failure = RunJudge::new(contract(vec![rule(Holds::Always)])).judge(&execution.done());
        let codes = failure.map(|failure| [vec![failure.fault.code()], failure.also].concat());
        assert_eq!(codes.unwrap_or_default(), expected);
    }

    fn one_child() -> MadeUp {
        MadeUp::new().start(0, 1).wait(0).end(1).reap(0, 1)
    }

    fn stuck(task: u32) -> Stuck {
        Stuck { task: TaskId(task), wait: Wait::Child(vec![TaskId(1)]), frames: Vec::new() }
    }

    #[test]
    fn what_is_right_is_right() {
        check(&one_child().print(0, "right\n").end(0), &[]);
    }

    #[test]
    fn a_child_may_die_where_the_whole_is_right() {
        let killed = MadeUp::new().start(0, 1).end_with(1, TaskEnd::Signal(9)).wait(0).reap(0, 1);
        check(&killed.print(0, "right\n").end(0), &[]);
    }

    #[test]
    fn a_helper_that_ends_with_the_program_is_waited_for_where_that_is_asked() {
        let helper = one_child().start(0, 2).print(0, "right\n").end(0).receive(2, &[]).end(2);
        check(&helper, &[]);
        let asked = Contract { helpers: Helpers::Reaped, ..contract(Vec::new()) };
        let failure = RunJudge::new(asked).judge(&helper.done()).expect("a failure");
        assert_eq!(failure.fault.code(), VerdictCode::Zombie);
        // one that ends by itself is nobody's helper
        check(&one_child().start(0, 2).print(0, "right\n").end(0).end(2), &[VerdictCode::Zombie]);
    }

    #[test]
    fn how_it_ended_goes_before_what_it_printed() {
        check(&one_child().print(0, "half").end_with(0, TaskEnd::Signal(11)), &[VerdictCode::Crash]);
        check(&one_child().print(0, "right\n").end_with(0, TaskEnd::Exit(3)), &[VerdictCode::Crash]);
    }

    #[test]
    fn nobody_waited_for_goes_before_wrong_output_and_names_it() {
        let execution = MadeUp::new().start(0, 1).end(1).print(0, "wrong\n").end(0);
        check(&execution, &[VerdictCode::Zombie, VerdictCode::WrongOutput]);
    }

    #[test]
    fn right_output_by_other_means_is_mechanism() {
        check(&MadeUp::new().print(0, "right\n").end(0), &[VerdictCode::Mechanism]);
        check(&MadeUp::new().print(0, "wrong\n").end(0), &[VerdictCode::WrongOutput, VerdictCode::Mechanism]);
    }

    #[test]
    fn what_may_not_be_tried_goes_before_all_else() {
        let execution = one_child().forbidden("the network").ending(Ending::Deadlock(vec![stuck(0)]));
        check(&execution, &[VerdictCode::Forbidden, VerdictCode::Deadlock]);
        check(&one_child().ending(Ending::Limit(Limit::Tasks(256))), &[VerdictCode::Forbidden]);
        check(&one_child().ending(Ending::Limit(Limit::Output(9))), &[VerdictCode::Timeout]);
    }

    #[test]
    fn a_file_that_is_meant_to_stay_is_no_leak() {
        let leave = |name: &str| {
            let left = Leftover { kind: LeftoverKind::File, name: name.into() };
            one_child().print(0, "right\n").end(0).leftover(left)
        };
        check(&leave("/tmp/costs.svg"), &[]);
        check(&leave("/tmp/other.svg"), &[VerdictCode::Leak]);
    }

    #[test]
    fn what_rests_on_a_slice_or_on_something_unmodelled_accuses_nobody() {
        let deadlock = one_child().ending(Ending::Deadlock(vec![stuck(0)]));
        for doubtful in [deadlock.clone().sliced(), deadlock.clone().unmodelled("io_submit")] {
            let mut judge = RunJudge::new(contract(Vec::new()));
            assert!(judge.judge(&doubtful.done()).is_none());
            assert_eq!(judge.doubts().count(), 1);
        }
        check(&deadlock, &[VerdictCode::Deadlock]);
        // What was printed was printed, whatever else was met.
        check(&one_child().unmodelled("io_submit").print(0, "wrong\n").end(0), &[VerdictCode::WrongOutput]);
    }

    #[test]
    fn a_rule_that_must_hold_once_is_not_held_against_one_execution() {
        let mut judge = RunJudge::new(contract(vec![rule(Holds::Once)]));
        assert!(judge.judge(&MadeUp::new().print(0, "right\n").end(0).done()).is_none());
        assert_eq!(judge.never_held(), [0]);
        assert!(judge.judge(&one_child().print(0, "right\n").end(0).done()).is_none());
        assert_eq!(judge.never_held(), [0; 0]);
    }

    #[test]
    fn without_a_given_output_the_first_one_is_right() {
        let mut judge = RunJudge::new(Contract { output: Learn::FromFirst, ..contract(Vec::new()) });
        assert!(judge.judge(&MadeUp::new().print(0, "2\n").end(0).done()).is_none());
        let failure = judge.judge(&MadeUp::new().print(0, "1\n").end(0).done()).unwrap();
        assert_eq!(failure.fault.code(), VerdictCode::WrongOutput);
    }
}
