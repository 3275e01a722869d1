//! Loops that wait for others: they end in every schedule tried, nobody is accused of them, and
//! what is claimed to be covered is.

use std::collections::BTreeSet;

use explorer::{Bounds, Ending, Exploration, Extent, Pruning, Scope};

use crate::programs::{
    Guard, backing_off, barrier, peterson, sequence_lock, sleeping_lock, test_and_set, test_then_test_and_set,
    ticket_lock, workers,
};
use crate::toy::{Op, Program, print_words, printed, run};

/// What was printed, and how far it was looked.
fn explore(program: &Program, bounds: Bounds, pruning: Pruning) -> (BTreeSet<Vec<i64>>, Extent) {
    let mut exploration = Exploration::with(bounds, Scope::default(), pruning);
    let mut outcomes = BTreeSet::new();
    while let Some(mut next) = exploration.next_run() {
        let execution = run(program, &mut next);
        match execution.ending {
            Ending::Abandoned => {}
            Ending::Ended => {
                outcomes.insert(printed(&execution));
            }
            other => panic!("{other:?} after {:?}", next.schedule()),
        }
        let _ = exploration.finish(next, &execution);
    }
    (outcomes, exploration.coverage().extent)
}

/// In every schedule with up to two preemptions it ends and prints this; where nothing is left
/// out, the same is true of those with one.
#[track_caller]
fn check(program: &Program, expected: &[i64]) {
    let bounds = Bounds { preemptions: 2, executions: 50_000 };
    let (outcomes, extent) = explore(program, bounds, Pruning::HappensBefore);
    assert_eq!(outcomes, BTreeSet::from([expected.to_vec()]));
    assert!(matches!(extent, Extent::Preemptions(2) | Extent::Exhaustive), "{extent:?}");
    let bounds = Bounds { preemptions: 1, ..bounds };
    let (outcomes, extent) = explore(program, bounds, Pruning::Off);
    assert_eq!(outcomes, BTreeSet::from([expected.to_vec()]));
    assert!(matches!(extent, Extent::Preemptions(1) | Extent::Exhaustive), "{extent:?}");
}

fn locks(guard: &Guard) -> Program {
    workers(&[guard.clone(), guard.clone()], 2)
}

#[test]
fn locks_that_spin_come_to_an_end() {
    check(&locks(&test_and_set()), &[40, 4]);
    check(&locks(&test_then_test_and_set()), &[40, 4]);
    check(&locks(&ticket_lock()), &[40, 4]);
    check(&workers(&[peterson(0), peterson(1)], 2), &[40, 4]);
}

#[test]
fn locks_that_sleep_come_to_an_end() {
    check(&locks(&sleeping_lock()), &[40, 4]);
    check(&locks(&backing_off()), &[40, 4]);
}

#[test]
fn barriers_that_spin_come_to_an_end() {
    check(&barrier(2, 3), &[0]);
    check(&barrier(3, 1), &[0]);
}

#[test]
fn readers_that_try_again_come_to_an_end() {
    check(&sequence_lock(1, 2), &[0]);
    check(&sequence_lock(2, 1), &[0]);
}

#[test]
fn a_spinning_task_is_not_left_alone_by_one_that_yields() {
    // One offers to let others go first until a flag is set; the other spins for a second flag.
    let yields = vec![Op::Load(0, 0), Op::JumpIf(0, 1, 3), Op::Yield, Op::Jump(-3), Op::Store(1, 0, 0)];
    let spins = vec![Op::Load(0, 1), Op::JumpUnless(0, 1, -1)];
    let sets = vec![Op::Sleep(5), Op::Set(0, 1), Op::Store(0, 0, 0)];
    check(&Program::of(vec![yields, spins, sets], print_words(&[0, 1])), &[1, 1]);
}

#[test]
fn all_schedules_of_a_lock_that_spins_are_finitely_many() {
    let bounds = Bounds { preemptions: 1000, executions: 50_000 };
    let program = workers(&[test_and_set(), test_and_set()], 1);
    let (outcomes, extent) = explore(&program, bounds, Pruning::HappensBefore);
    assert_eq!((outcomes, extent), (BTreeSet::from([vec![20, 2]]), Extent::Exhaustive));
}
