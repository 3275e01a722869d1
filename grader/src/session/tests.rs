//! Searches of made-up programs: no process is started.

use std::cell::Cell;
use std::convert::Infallible;

use explorer::{Bounds, Ending, Execution, Extent, Scheduler, Scope};
use supervisor::Stacks;

use super::search::search;
use super::{Explored, Judge};

#[expect(dead_code, reason = "the explorer's own tests use all of it")]
#[path = "../../explorer/tests/all/programs.rs"]
mod programs;
#[expect(dead_code, reason = "the explorer's own tests use all of it")]
#[path = "../../explorer/tests/all/toy.rs"]
mod toy;

use programs::{Guard, check_then_lock, counter, mutex, opposite_locks, sleeping_instead_of_locking, workers};
use toy::{Op, Program, printed};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wrong {
    Output(Vec<i64>),
    Deadlock,
    Limit,
}

/// Expects an output, and thinks worst of deadlocks.
struct Expects {
    output: Vec<i64>,
    decisive: u32,
}

impl Judge for Expects {
    type Failure = Wrong;

    fn judge(&mut self, execution: &Execution) -> Option<Wrong> {
        match execution.ending {
            Ending::Deadlock(_) => Some(Wrong::Deadlock),
            Ending::Limit(_) => Some(Wrong::Limit),
            Ending::Ended if printed(execution) == self.output => None,
            Ending::Ended => Some(Wrong::Output(printed(execution))),
            Ending::Orphans(_) | Ending::Livelock { .. } | Ending::Abandoned => None,
        }
    }

    fn rank(&self, failure: &Wrong) -> u32 {
        match failure {
            Wrong::Output(_) => 1,
            Wrong::Limit => 2,
            Wrong::Deadlock => 3,
        }
    }

    fn same(&self, one: &Wrong, other: &Wrong) -> bool {
        self.rank(one) == self.rank(other)
    }

    fn is_right(&self, execution: &Execution) -> bool {
        execution.ending == Ending::Ended && printed(execution) == self.output
    }

    fn decisive_rank(&self) -> u32 {
        self.decisive
    }
}

const BOUNDS: Bounds = Bounds { preemptions: 2, executions: 2000 };

/// Every execution is wanted.
fn all() -> u32 {
    u32::MAX
}

fn explore(program: &Program, output: &[i64], decisive: u32) -> Explored<Wrong> {
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| Ok::<_, Infallible>(toy::run(program, scheduler));
    let mut judge = Expects { output: output.to_vec(), decisive };
    let Ok(explored) = search(run, BOUNDS, Scope::default(), &mut judge, &all);
    explored
}

#[test]
fn a_right_program_is_explored_to_its_bound_and_passes() {
    let explored = explore(&workers(&[mutex(), mutex()], 3), &[60, 6], 3);
    assert!(explored.finding.is_none());
    assert!(explored.unreplayed.is_none());
    assert_eq!(explored.coverage.extent, Extent::Preemptions(2));
    assert_eq!(explored.first.ending, Ending::Ended);
}

#[test]
fn a_lost_update_needs_one_choice_and_one_preemption() {
    let explored = explore(&counter(2, 3), &[6], 1);
    let finding = explored.finding.expect("a finding");
    assert!(finding.met_at <= 3);
    assert_eq!((finding.preemptions, finding.made.len()), (1, 1));
    assert!(matches!(finding.failure, Wrong::Output(_)));
    assert_eq!(explored.executions, finding.met_at);
}

#[test]
fn what_the_default_schedule_shows_needs_no_choice() {
    let explored = explore(&sleeping_instead_of_locking(3), &[3], 1);
    let finding = explored.finding.expect("a finding");
    assert_eq!((finding.met_at, finding.preemptions, finding.made.len()), (1, 0, 0));
}

#[test]
fn a_broken_lock_is_shown_with_two_preemptions() {
    let explored = explore(&workers(&[check_then_lock(), check_then_lock()], 1), &[20, 2], 1);
    let finding = explored.finding.expect("a finding");
    assert_eq!(finding.preemptions, 2);
}

#[test]
fn a_failure_nearer_the_cause_decides_though_it_comes_later() {
    // An unlocked counter, and locks taken in opposite order.
    let child = |first, second| {
        let locks = [Op::Lock(first), Op::Lock(second), Op::Unlock(second), Op::Unlock(first)];
        [vec![Op::Load(0, 0), Op::Store(0, 0, 1)], locks.to_vec()].concat()
    };
    let program = Program::of(vec![child(0, 1), child(1, 0)], toy::print_words(&[0]));
    let explored = explore(&program, &[2], 3);
    let finding = explored.finding.expect("a finding");
    assert_eq!(finding.failure, Wrong::Deadlock);
    assert!(finding.met_at > 1);
    assert_eq!(finding.preemptions, 1);
    let explored = explore(&program, &[2], 1);
    assert!(matches!(explored.finding.expect("a finding").failure, Wrong::Output(_)));
}

#[test]
fn a_search_that_found_something_does_not_go_on_for_long() {
    let program = workers(&vec![Guard::default(); 3], 4);
    let explored = explore(&program, &[120, 12], 3);
    let finding = explored.finding.expect("a finding");
    assert!(explored.executions <= finding.met_at + 40);
}

#[test]
fn a_program_that_never_ends_is_run_once() {
    let program = Program(vec![vec![Op::FetchAdd(0, 0, 1), Op::Jump(-1)]]);
    let explored = explore(&program, &[], 3);
    assert_eq!(explored.finding.map(|finding| finding.failure), Some(Wrong::Limit));
    assert_eq!(explored.executions, 1);
}

#[test]
fn a_deadlock_is_found_again_in_its_replay() {
    let explored = explore(&opposite_locks(), &[], 3);
    let finding = explored.finding.expect("a finding");
    assert_eq!((finding.failure, finding.preemptions), (Wrong::Deadlock, 1));
    assert!(matches!(finding.execution.ending, Ending::Deadlock(_)));
}

#[test]
fn what_does_not_come_again_is_nobodys_fault() {
    // A program that does something else each time it is run: right, wrong, then right again.
    let runs = Cell::new(0);
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| {
        runs.set(runs.get() + 1);
        let increments = if runs.get() == 2 { 3 } else { 2 };
        let child = toy::repeat(9, increments, &[Op::FetchAdd(0, 0, 1)]);
        let program = Program::of(vec![child; 2], toy::print_words(&[0]));
        Ok::<_, Infallible>(toy::run(&program, scheduler))
    };
    let mut judge = Expects { output: vec![4], decisive: 1 };
    let Ok(explored) = search(run, BOUNDS, Scope::default(), &mut judge, &all);
    assert!(explored.finding.is_none());
    assert!(matches!(explored.unreplayed, Some(Wrong::Output(_))));
}

/// Explores a program of which the first `rehearsals` runs meet memory that was not watched.
fn explore_rehearsed(program: &Program, output: &[i64], rehearsals: u32, bounds: Bounds) -> Explored<Wrong> {
    let runs = Cell::new(0);
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| {
        runs.set(runs.get() + 1);
        let execution = toy::run(program, scheduler);
        Ok::<_, Infallible>(Execution { rehearsal: runs.get() <= rehearsals, ..execution })
    };
    let Ok(explored) =
        search(run, bounds, Scope::default(), &mut Expects { output: output.to_vec(), decisive: 1 }, &all);
    explored
}

#[test]
fn a_search_begins_anew_after_a_rehearsal_and_counts_it() {
    let once = explore_rehearsed(&workers(&[mutex(), mutex()], 3), &[60, 6], 0, BOUNDS);
    let anew = explore_rehearsed(&workers(&[mutex(), mutex()], 3), &[60, 6], 3, BOUNDS);
    assert_eq!(anew.executions, once.executions + 3);
    assert_eq!(anew.coverage.extent, Extent::Preemptions(2));
    assert!(!anew.first.rehearsal);
}

#[test]
fn a_failure_in_a_rehearsal_is_met_again_before_it_counts() {
    let explored = explore_rehearsed(&sleeping_instead_of_locking(3), &[3], 2, BOUNDS);
    assert_eq!(explored.finding.map(|finding| finding.met_at), Some(3));
    // The third run shows it, and its replay is one more rehearsal.
    let explored = explore_rehearsed(&counter(2, 1), &[2], 4, BOUNDS);
    assert!(explored.finding.is_some_and(|finding| finding.met_at > 4));
    assert!(explored.unreplayed.is_none());
}

#[test]
fn a_search_that_begins_anew_late_has_its_whole_budget_again() {
    let program = workers(&[mutex(), mutex()], 3);
    let needed = explore_rehearsed(&program, &[60, 6], 0, BOUNDS).executions;
    // a fifth of the budget is kept for samples
    let bounds = Bounds { executions: needed * 5 / 4 + 2, ..BOUNDS };
    let runs = Cell::new(0);
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| {
        runs.set(runs.get() + 1);
        Ok::<_, Infallible>(Execution { rehearsal: runs.get() == needed - 1, ..toy::run(&program, scheduler) })
    };
    let mut judge = Expects { output: vec![60, 6], decisive: 1 };
    let Ok(explored) = search(run, bounds, Scope::default(), &mut judge, &all);
    assert_eq!(explored.executions, needed - 1 + needed);
    assert_eq!(explored.coverage.extent, Extent::Preemptions(2));
}

#[test]
fn memory_that_never_settles_makes_nothing_complete() {
    let explored = explore_rehearsed(&workers(&[mutex(), mutex()], 1), &[20, 2], u32::MAX, BOUNDS);
    assert_eq!(explored.coverage.extent, Extent::Some(explored.executions - 12));
    assert!(explored.executions > 13);
    // beginning anew costs no budget, and is not done for ever
    let bounds = Bounds { executions: 1, ..BOUNDS };
    let explored = explore_rehearsed(&workers(&[mutex(), mutex()], 1), &[20, 2], u32::MAX, bounds);
    assert_eq!((explored.executions, explored.coverage.extent), (13, Extent::Some(1)));
}

#[test]
fn an_error_of_the_runner_ends_the_search() {
    let run = |_: Stacks, _: &mut dyn Scheduler| Err::<Execution, _>("broken");
    let result = search(run, BOUNDS, Scope::default(), &mut Expects { output: vec![], decisive: 1 }, &all);
    assert_eq!(result.err(), Some("broken"));
}

#[test]
fn at_least_one_execution_is_made() {
    let bounds = Bounds { preemptions: 0, executions: 0 };
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| Ok::<_, Infallible>(toy::run(&counter(2, 1), scheduler));
    let Ok(explored) = search(run, bounds, Scope::default(), &mut Expects { output: vec![2], decisive: 1 }, &all);
    assert_eq!((explored.executions, explored.coverage.extent), (1, Extent::Some(1)));
}

#[test]
fn no_more_executions_are_made_than_are_wanted() {
    let made = Cell::new(0);
    let run = |_: Stacks, scheduler: &mut dyn Scheduler| {
        made.set(made.get() + 1);
        Ok::<_, Infallible>(toy::run(&workers(&[mutex(), mutex()], 3), scheduler))
    };
    let wanted = || if made.get() < 5 { u32::MAX } else { 9 };
    let mut judge = Expects { output: vec![60, 6], decisive: 1 };
    let Ok(explored) = search(run, BOUNDS, Scope::default(), &mut judge, &wanted);
    assert_eq!((explored.executions, made.get()), (9, 9));
    assert_eq!(explored.coverage.extent, Extent::Preemptions(0));
}
