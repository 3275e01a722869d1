//! What must hold for the search of any program: it finds all that can happen, and giving up
//! executions early loses nothing.

use std::collections::BTreeSet;

use explorer::{
    AccessKind, Bounds, ChoicePoint, Decision, Ending, Execution, Exploration, Extent, Fault, MemoryModel, Pending,
    Pruning, Replay, Scheduler, Scope, Standing, Step, Strictness,
};
use proptest::prelude::*;

use crate::toy::{Op, Program, Watch, Watched, ZERO, give, print_words, repeat, run_on, take};

/// All that can be told apart after an execution.
type Outcome = (Vec<u8>, Vec<String>);

fn outcome(execution: &Execution) -> Outcome {
    let ending = match &execution.ending {
        Ending::Deadlock(stuck) => stuck.iter().map(|stuck| format!("{:?}", stuck.wait)).collect(),
        Ending::Ended => Vec::new(),
        other => vec![format!("{other:?}")],
    };
    (execution.output(explorer::Stream::Out), ending)
}

struct Explored {
    outcomes: BTreeSet<Outcome>,
    extent: Extent,
    executions: u32,
}

fn explore(program: &Program, bounds: Bounds, memory: MemoryModel, pruning: Pruning) -> Explored {
    let scope = Scope { memory, ..Scope::default() };
    let run = |scheduler: &mut dyn Scheduler| run_on(program, scope, Watch::All, scheduler);
    explore_with(run, bounds, scope, pruning)
}

fn explore_with(
    mut run: impl FnMut(&mut dyn Scheduler) -> Execution,
    bounds: Bounds,
    scope: Scope,
    pruning: Pruning,
) -> Explored {
    let mut exploration = Exploration::with(bounds, scope, pruning);
    let mut outcomes = BTreeSet::new();
    while let Some(mut next) = exploration.next_run() {
        let execution = run(&mut next);
        assert_eq!(next.divergence(), None);
        if execution.ending != Ending::Abandoned && !execution.rehearsal {
            outcomes.insert(outcome(&execution));
            // What was found can be shown again.
            let mut replay = Replay::new(next.schedule().to_vec(), Strictness::Strict);
            assert_eq!(run(&mut replay), execution);
            assert_eq!(replay.divergence(), None);
            assert_eq!(replay.preemptions(), next.preemptions());
        }
        match exploration.finish(next, &execution) {
            Standing::Counts => {}
            Standing::Rehearsed => outcomes.clear(),
        }
    }
    Explored { outcomes, extent: exploration.coverage().extent, executions: exploration.executions() }
}

/// Makes these choices, as indices of all possible answers, and then always the first.
struct Path {
    scope: Scope,
    choices: Vec<usize>,
    /// How many there were to choose from.
    widths: Vec<usize>,
}

impl Scheduler for Path {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let mut answers = Vec::new();
        for ready in point.ready {
            answers.push(Decision::Run(ready.task));
            let faults = ready.faults.iter().filter(|fault| self.scope.faults.contains(**fault));
            answers.extend(faults.map(|fault| Decision::Fail(ready.task, *fault)));
            let stores = matches!(ready.next, Pending::Access { kind: AccessKind::Store, .. });
            if stores && self.scope.memory == MemoryModel::StoreBuffers {
                answers.push(Decision::Delay(ready.task));
            }
        }
        let index = self.choices.get(self.widths.len()).copied().unwrap_or_default();
        self.widths.push(answers.len());
        answers[index]
    }

    fn observe(&mut self, _step: &Step) {}
}

/// Everything that can happen, one execution after the other, by brute force; `None` if there
/// is too much of it.
fn all_outcomes(program: &Program, scope: Scope, most: usize) -> Option<BTreeSet<Outcome>> {
    let mut outcomes = BTreeSet::new();
    let mut choices = Vec::new();
    for _ in 0..most {
        let mut path = Path { scope, choices, widths: Vec::new() };
        outcomes.insert(outcome(&run_on(program, scope, Watch::All, &mut path)));
        choices = path.choices;
        choices.resize(path.widths.len(), 0);
        let next = (0..choices.len()).rev().find(|&point| choices[point] + 1 < path.widths[point]);
        let Some(next) = next else { return Some(outcomes) };
        choices.truncate(next + 1);
        choices[next] += 1;
    }
    None
}

/// The first of two; this one can be taken from the start.
const SEMAPHORE: u64 = 20;

fn word() -> impl Strategy<Value = u64> {
    0_u64..2
}

/// A few instructions that belong together.
fn block() -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![
        4 => word().prop_map(|word| vec![Op::Load(0, word)]),
        4 => (word(), 0..2_usize, 1..4_i64).prop_map(|(word, register, by)| vec![Op::Store(word, register, by)]),
        2 => (word(), 1..4_i64).prop_map(|(word, by)| vec![Op::FetchAdd(1, word, by)]),
        2 => (word(), 0..3_i64).prop_map(|(word, to)| vec![Op::CompareExchange(1, word, 0, to)]),
        2 => (word(), 0..3_i64).prop_map(|(word, to)| vec![Op::Swap(0, word, to)]),
        1 => (0..2_usize).prop_map(|register| vec![Op::Print(register)]),
        2 => (word(), 0..2_u64).prop_map(|(word, lock)| {
            vec![Op::Lock(lock), Op::Load(0, word), Op::Store(word, 0, 1), Op::Unlock(lock)]
        }),
        1 => Just(vec![Op::Lock(0), Op::Lock(1), Op::Unlock(1), Op::Unlock(0)]),
        1 => Just(vec![Op::Lock(1), Op::Lock(0), Op::Unlock(0), Op::Unlock(1)]),
        2 => (word(), 0..2_u64).prop_map(|(word, semaphore)| {
            [take(SEMAPHORE + semaphore), vec![Op::Load(0, word), Op::Store(word, 0, 1)], give(SEMAPHORE + semaphore)].concat()
        }),
        1 => (0..2_u64).prop_map(|semaphore| take(SEMAPHORE + semaphore)),
        1 => (0..2_u64).prop_map(|semaphore| give(SEMAPHORE + semaphore)),
        1 => Just(vec![Op::Fence]),
        1 => (0..2_usize).prop_map(|register| vec![Op::Send(0, register)]),
        1 => (0..2_usize).prop_map(|register| vec![Op::Receive(register, 0)]),
        // What is done depends on what was seen.
        2 => (word(), 0..2_i64, word()).prop_map(|(word, number, other)| {
            vec![Op::Load(0, word), Op::JumpIf(0, number, 2), Op::Store(other, 0, 5)]
        }),
    ]
}

/// Instructions that wait or go round in circles.
fn waiting_block() -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![
        4 => block(),
        1 => Just(vec![Op::Yield]),
        1 => (1..3_u64).prop_map(|time| vec![Op::Sleep(time)]),
        1 => word().prop_map(|word| repeat(7, 2, &[Op::Load(0, word)])),
        1 => word().prop_map(|word| repeat(7, 3, &[Op::Load(0, word), Op::Yield])),
        // Waits for a word, at most three times.
        1 => word().prop_map(|word| {
            vec![Op::Set(7, 3), Op::Load(0, word), Op::JumpUnless(0, 0, 3), Op::Add(7, -1), Op::JumpUnless(7, 0, -3)]
        }),
        // A lock that is waited for in a circle.
        1 => word().prop_map(|word| {
            let enter = [Op::Swap(5, 9, 1), Op::JumpUnless(5, 0, -1)];
            let inside = [Op::Load(0, word), Op::Store(word, 0, 1), Op::Store(9, ZERO, 0)];
            [&enter[..], &inside].concat()
        }),
    ]
}

fn child(blocks: impl Strategy<Value = Vec<Op>>, most: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(blocks, 1..=most).prop_map(|blocks| blocks.concat())
}

fn waits(children: usize) -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![Just((0..children).map(Op::Wait).collect()), Just(vec![Op::WaitAny; children])]
}

/// A parent that starts all and waits for all, one way or the other.
fn program(children: impl Strategy<Value = Vec<Vec<Op>>>) -> impl Strategy<Value = Program> {
    children.prop_flat_map(|children| {
        waits(children.len()).prop_map(move |waits| {
            let starts = (1..=children.len()).map(Op::Spawn);
            let semaphore = [Op::Swap(0, SEMAPHORE, 1)].into_iter();
            let parent = semaphore.chain(starts).chain(waits).chain(print_words(&[0, 1])).collect();
            Program([vec![parent], children.clone()].concat())
        })
    })
}

/// With and without store buffers, with and without one thing that can fail.
fn scope() -> impl Strategy<Value = Scope> {
    let memory = prop_oneof![Just(MemoryModel::SequentiallyConsistent), Just(MemoryModel::StoreBuffers)];
    let faults = prop_oneof![3 => Just(None), 2 => prop::sample::select(&Fault::ALL[..]).prop_map(Some)];
    (memory, faults).prop_map(|(memory, fault)| Scope {
        memory,
        faults: fault.into_iter().collect(),
        ..Scope::default()
    })
}

const EVERYTHING: Bounds = Bounds { preemptions: 1000, executions: 100_000 };

/// So much that what is left out shows.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48)
}

/// What is left out makes no difference within the bound.
fn check_pruning(program: &Program, preemptions: u32, memory: MemoryModel) -> Result<(), TestCaseError> {
    let bounds = Bounds { preemptions, executions: 2_000 };
    let all = explore(program, bounds, memory, Pruning::Off);
    prop_assume!(all.executions < bounds.executions);
    let pruned = explore(program, bounds, memory, Pruning::HappensBefore);
    prop_assert_eq!(pruned.outcomes, all.outcomes);
    prop_assert!(pruned.executions <= all.executions);
    // All that lies beyond the bound may turn out to be known.
    prop_assert!(pruned.extent == all.extent || pruned.extent == Extent::Exhaustive);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_without_bounds_finds_all_that_can_happen(
        program in program(prop::collection::vec(child(block(), 2), 1..=2)),
        scope in scope(),
    ) {
        let expected = all_outcomes(&program, scope, 30_000);
        prop_assume!(expected.is_some());
        let run = |scheduler: &mut dyn Scheduler| run_on(&program, scope, Watch::All, scheduler);
        let found = explore_with(run, EVERYTHING, scope, Pruning::HappensBefore);
        prop_assert_eq!(found.extent, Extent::Exhaustive);
        prop_assert_eq!(Some(found.outcomes), expected);
    }

    #[test]
    fn beginning_anew_loses_nothing(
        program in program(prop::collection::vec(child(block(), 3), 1..=2)),
    ) {
        let all = explore(&program, EVERYTHING, MemoryModel::SequentiallyConsistent, Pruning::HappensBefore);
        let mut watched = Watched::default();
        let run = |scheduler: &mut dyn Scheduler| {
            run_on(&program, Scope::default(), Watch::Learned(&mut watched), scheduler)
        };
        let learned = explore_with(run, EVERYTHING, Scope::default(), Pruning::HappensBefore);
        prop_assert_eq!(learned.extent, Extent::Exhaustive);
        prop_assert_eq!(learned.outcomes, all.outcomes);
    }

    #[test]
    fn what_is_left_out_makes_no_difference(
        program in program(prop::collection::vec(child(waiting_block(), 2), 2..=3)),
        preemptions in 0_u32..4,
    ) {
        check_pruning(&program, preemptions, MemoryModel::SequentiallyConsistent)?;
    }

    #[test]
    fn what_is_left_out_makes_no_difference_with_store_buffers(
        program in program(prop::collection::vec(child(waiting_block(), 2), 2..=2)),
        preemptions in 0_u32..4,
    ) {
        check_pruning(&program, preemptions, MemoryModel::StoreBuffers)?;
    }
}
