//! Delayed stores: exactly what x86-64 machines can show, and what that means for locks that
//! count on more.

use std::collections::BTreeSet;

use explorer::{Bounds, Ending, Exploration, Extent, MemoryModel, Pruning, Scope};

use crate::programs::{Guard, mutex, peterson, peterson_with_fence, test_and_set, ticket_lock, workers};
use crate::toy::{Op, Program, Watch, ZERO, printed, run_on};

const X: u64 = 0;
const Y: u64 = 1;
/// Where the children leave what they read.
const SEEN: u64 = 20;

/// What the program prints in all executions within the bounds; deadlocks print nothing.
fn outcomes(program: &Program, memory: MemoryModel, bounds: Bounds) -> (BTreeSet<Vec<i64>>, Extent) {
    let mut exploration = Exploration::with(bounds, Scope { memory, ..Scope::default() }, Pruning::HappensBefore);
    let mut outcomes = BTreeSet::new();
    while let Some(mut next) = exploration.next_run() {
        let execution = run_on(program, Scope { memory, ..Scope::default() }, Watch::All, &mut next);
        if execution.ending != Ending::Abandoned {
            outcomes.insert(printed(&execution));
        }
        let _ = exploration.finish(next, &execution);
    }
    (outcomes, exploration.coverage().extent)
}

/// Tasks that read into registers 1 and 2, which are printed in the end. Each leaves them in
/// words of its own, so that a test of what was read is no test of how that is told.
fn litmus(tasks: &[Vec<Op>]) -> Program {
    let leave = |task: usize| (0..2).map(move |read| Op::Store(SEEN + 2 * task as u64 + read, 1 + read as usize, 0));
    let children = tasks.iter().enumerate().map(|(task, ops)| [ops.clone(), leave(task).collect()].concat());
    let words = (0..2 * tasks.len() as u64).map(|word| SEEN + word);
    let print = words.flat_map(|word| [Op::Load(0, word), Op::Print(0)]);
    Program::of(children.collect(), print.collect())
}

/// The outcomes under both models.
#[track_caller]
fn check(tasks: &[Vec<Op>], consistent: &[&[i64]], buffered: &[&[i64]]) {
    let program = litmus(tasks);
    let bounds = Bounds { preemptions: 1000, executions: 200_000 };
    for (memory, expected) in [(MemoryModel::SequentiallyConsistent, consistent), (MemoryModel::StoreBuffers, buffered)]
    {
        let (found, coverage) = outcomes(&program, memory, bounds);
        assert_eq!(found, expected.iter().map(|outcome| outcome.to_vec()).collect(), "{memory:?}");
        assert_eq!(coverage, Extent::Exhaustive);
    }
}

fn store(word: u64, number: i64) -> Op {
    Op::Store(word, ZERO, number)
}

#[test]
fn store_buffering_shows_both_old_values() {
    // SB: both read 0 with buffers only, and not with fences.
    let task = |own, other| vec![store(own, 1), Op::Load(1, other)];
    let all: [&[i64]; 3] = [&[0, 0, 1, 0], &[1, 0, 0, 0], &[1, 0, 1, 0]];
    check(&[task(X, Y), task(Y, X)], &all, &[&all[..], &[&[0, 0, 0, 0]]].concat());
    let fenced = |own, other| vec![store(own, 1), Op::Fence, Op::Load(1, other)];
    check(&[fenced(X, Y), fenced(Y, X)], &all, &all);
    // One fence is not enough.
    check(&[fenced(X, Y), task(Y, X)], &all, &[&all[..], &[&[0, 0, 0, 0]]].concat());
    // An exchange is a fence.
    let exchanging = |own, other| vec![Op::Swap(0, own, 1), Op::Load(1, other)];
    check(&[exchanging(X, Y), exchanging(Y, X)], &all, &all);
}

#[test]
fn a_message_that_was_passed_is_whole() {
    // MP: stores come to memory in their order, and loads are made in theirs.
    let all: [&[i64]; 3] = [&[0, 0, 0, 0], &[0, 0, 0, 1], &[0, 0, 1, 1]];
    check(&[vec![store(X, 1), store(Y, 1)], vec![Op::Load(1, Y), Op::Load(2, X)]], &all, &all);
}

#[test]
fn a_load_is_not_delayed_past_a_store() {
    // LB: not both read what the other stores later.
    let task = |from, to| vec![Op::Load(1, from), store(to, 1)];
    let all: [&[i64]; 3] = [&[0, 0, 0, 0], &[0, 0, 1, 0], &[1, 0, 0, 0]];
    check(&[task(X, Y), task(Y, X)], &all, &all);
}

#[test]
fn a_task_sees_its_own_stores_first() {
    // SB with forwarding (n6 and iwp2.3.b of the paper): each sees its own store before the other's.
    let task = |own, other| vec![store(own, 1), Op::Load(1, own), Op::Load(2, other)];
    let all: [&[i64]; 3] = [&[1, 0, 1, 1], &[1, 1, 1, 0], &[1, 1, 1, 1]];
    check(&[task(X, Y), task(Y, X)], &all, &[&all[..], &[&[1, 0, 1, 0]]].concat());
    // n6: the first reads its own 1 from x and then 0 from y, and yet x ends as 1.
    let program = Program::of(
        vec![vec![store(X, 1), Op::Load(1, X), Op::Load(2, Y), Op::Store(SEEN, 2, 0)], vec![store(Y, 2), store(X, 2)]],
        crate::toy::print_words(&[SEEN, X]),
    );
    let bounds = Bounds { preemptions: 1000, executions: 200_000 };
    assert!(!outcomes(&program, MemoryModel::SequentiallyConsistent, bounds).0.contains(&vec![0, 1]));
    assert!(outcomes(&program, MemoryModel::StoreBuffers, bounds).0.contains(&vec![0, 1]));
}

#[test]
fn all_see_two_stores_in_one_order() {
    // IRIW: independent reads of independent writes; x86-64 has one memory.
    let reader = |first, second| vec![Op::Load(1, first), Op::Load(2, second)];
    let program = litmus(&[vec![store(X, 1)], vec![store(Y, 1)], reader(X, Y), reader(Y, X)]);
    let bounds = Bounds { preemptions: 3, executions: 200_000 };
    let (found, _) = outcomes(&program, MemoryModel::StoreBuffers, bounds);
    assert!(!found.contains(&vec![0, 0, 0, 0, 1, 0, 1, 0]));
    assert!(found.contains(&vec![0, 0, 0, 0, 1, 0, 1, 1]));
}

/// Whether two workers with this guard always come to the right balance.
fn is_right(guards: [Guard; 2], memory: MemoryModel) -> bool {
    let bounds = Bounds { preemptions: 2, executions: 20_000 };
    let (found, coverage) = outcomes(&workers(&guards, 1), memory, bounds);
    assert!(matches!(coverage, Extent::Preemptions(2) | Extent::Exhaustive), "{coverage:?}");
    found == BTreeSet::from([vec![20, 2]])
}

#[test]
fn petersons_lock_needs_a_fence() {
    use MemoryModel::{SequentiallyConsistent, StoreBuffers};
    assert!(is_right([peterson(0), peterson(1)], SequentiallyConsistent));
    assert!(!is_right([peterson(0), peterson(1)], StoreBuffers));
    assert!(is_right([peterson_with_fence(0), peterson_with_fence(1)], SequentiallyConsistent));
    assert!(is_right([peterson_with_fence(0), peterson_with_fence(1)], StoreBuffers));
}

#[test]
fn locks_of_locked_instructions_need_none() {
    for guard in [mutex(), test_and_set(), ticket_lock()] {
        assert!(is_right([guard.clone(), guard], MemoryModel::StoreBuffers));
    }
}
