//! What searches of the known programs find.

use explorer::{
    Bounds, Choice, Divergence, Ending, Execution, Exploration, Extent, Pruning, Replay, Scope, Standing, Strictness,
    TaskId,
};

use crate::programs::*;
use crate::toy::{Op, Program, printed, repeat, run};

struct Found {
    /// At the how-manieth execution the first wrong one came.
    first: Option<u32>,
    preemptions: Option<u32>,
    executions: u32,
    extent: Extent,
}

fn search(program: &Program, bounds: Bounds, pruning: Pruning, right: impl Fn(&Execution) -> bool) -> Found {
    let mut exploration = Exploration::with(bounds, Scope::default(), pruning);
    let mut found = Found { first: None, preemptions: None, executions: 0, extent: Extent::Some(0) };
    while let Some(mut next) = exploration.next_run() {
        let execution = run(program, &mut next);
        assert_eq!(next.divergence(), None);
        if execution.ending != Ending::Abandoned && found.first.is_none() && !right(&execution) {
            found.first = Some(exploration.executions());
            found.preemptions = Some(next.preemptions());
        }
        assert_eq!(exploration.finish(next, &execution), Standing::Counts);
    }
    found.executions = exploration.executions();
    found.extent = exploration.coverage().extent;
    found
}

fn prints<'a>(expected: &'a [i64]) -> impl Fn(&Execution) -> bool + 'a {
    move |execution| execution.ending == Ending::Ended && printed(execution) == expected
}

const BOUNDS: Bounds = Bounds { preemptions: 2, executions: 20_000 };

/// The program is wrong, which shows within so many executions.
fn check_wrong(program: &Program, expected: &[i64], within: u32) {
    let bounds = Bounds { executions: 200, ..BOUNDS };
    let found = search(program, bounds, Pruning::HappensBefore, prints(expected));
    let first = found.first.expect("a wrong execution");
    assert!(first <= within, "found by execution {first}, {within} expected");
}

/// The program is right under every schedule with up to two preemptions.
fn check_right(program: &Program, expected: &[i64], within: u32) {
    let found = search(program, BOUNDS, Pruning::HappensBefore, prints(expected));
    assert_eq!(found.first, None);
    assert!(matches!(found.extent, Extent::Exhaustive | Extent::Preemptions(2)), "{:?}", found.extent);
    assert!(found.executions <= within, "{} executions", found.executions);
}

#[test]
fn an_unlocked_counter_is_caught_at_once() {
    check_wrong(&counter(2, 1), &[2], 3);
    check_wrong(&counter(2, 100), &[200], 3);
    check_wrong(&counter(4, 10), &[40], 3);
}

#[test]
fn unlocked_deposits_are_caught_at_once() {
    check_wrong(&workers(&vec![Guard::default(); 2], 2), &[40, 4], 3);
}

#[test]
fn half_a_deposit_is_seen() {
    check_wrong(&half_seen(2, 2), &[40, 4, 0], 6);
    check_wrong(&audited(&mutex(), &Guard::default(), 2, 2, 2), &[40, 4, 0], 12);
}

#[test]
fn sleeping_is_not_locking() {
    check_wrong(&sleeping_instead_of_locking(2), &[2], 1);
    check_wrong(&turns_by_the_clock(2), &[2], 6);
    check_wrong(&turns_by_the_clock(4), &[4], 12);
}

#[test]
fn checking_and_then_locking_is_caught() {
    check_wrong(&workers(&vec![check_then_lock(); 2], 1), &[20, 2], 20);
    check_wrong(&workers(&vec![check_then_lock(); 3], 10), &[300, 30], 20);
}

#[test]
fn locks_in_opposite_order_are_caught_with_one_preemption() {
    let found = search(&opposite_locks(), BOUNDS, Pruning::HappensBefore, |execution| {
        !matches!(execution.ending, Ending::Deadlock(_))
    });
    assert_eq!(found.preemptions, Some(1));
    assert!(found.first.expect("a deadlock") <= 6);
}

#[test]
fn right_programs_are_never_accused_and_come_to_an_end() {
    for guard in [mutex(), test_and_set(), test_then_test_and_set(), ticket_lock(), sleeping_lock()] {
        check_right(&workers(&vec![guard; 2], 2), &[40, 4], 400);
    }
    check_right(&workers(&[peterson(0), peterson(1)], 2), &[40, 4], 400);
    check_right(&atomic_counter(3, 2), &[6], 400);
    check_right(&exchanging_counter(2, 2), &[4], 400);
}

#[test]
fn two_workers_and_an_auditor_are_fully_explored_to_two_preemptions() {
    let program = audited(&mutex(), &mutex(), 2, 2, 2);
    check_right(&program, &[40, 4, 0], 400);
}

#[test]
fn whoever_waits_in_vain_competes_too() {
    // One number for two receivers: either may be the one that waits for ever.
    let program = Program::of(vec![vec![Op::Receive(0, 0)], vec![Op::Send(0, 0), Op::Receive(0, 0)]], Vec::new());
    let stuck = |execution: &Execution| match &execution.ending {
        Ending::Deadlock(stuck) => stuck.iter().any(|stuck| stuck.task == TaskId(2)),
        _ => false,
    };
    let found =
        search(&program, Bounds { preemptions: 1, ..BOUNDS }, Pruning::HappensBefore, |execution| !stuck(execution));
    assert_eq!(found.preemptions, Some(1));
}

#[test]
fn a_program_of_one_task_is_explored_by_one_execution() {
    let program = Program(vec![repeat(9, 3, &[Op::FetchAdd(0, BALANCE, 1)])]);
    let found = search(&program, BOUNDS, Pruning::HappensBefore, |_| true);
    assert_eq!((found.executions, found.extent), (1, Extent::Exhaustive));
}

#[test]
fn what_was_not_tried_is_not_claimed() {
    let check = |preemptions, executions, expected| {
        let bounds = Bounds { preemptions, executions };
        let found = search(&atomic_counter(3, 2), bounds, Pruning::HappensBefore, |_| true);
        assert_eq!(found.extent, expected);
    };
    check(0, 20_000, Extent::Preemptions(0));
    check(1, 20_000, Extent::Preemptions(1));
    check(100, 20_000, Extent::Exhaustive);
    check(1, 5, Extent::Some(5));
    check(1, 0, Extent::Some(0));
}

#[test]
fn what_is_too_large_is_sampled_at_last() {
    let bounds = Bounds { preemptions: 2, executions: 100 };
    let mut exploration = Exploration::new(bounds);
    let program = atomic_counter(4, 4);
    while let Some(mut next) = exploration.next_run() {
        let execution = run(&program, &mut next);
        if exploration.executions() > 80 {
            let mut replay = Replay::new(next.schedule().to_vec(), Strictness::Strict);
            assert_eq!(run(&program, &mut replay), execution);
            assert_eq!((replay.divergence(), replay.preemptions()), (None, next.preemptions()));
        }
        assert_eq!(exploration.finish(next, &execution), Standing::Counts);
    }
    let coverage = exploration.coverage();
    let samples = coverage.samples.expect("samples");
    assert_eq!((samples.count, samples.depth, samples.tasks), (20, 3, 5));
    assert!(samples.points > 16 && samples.probability() > 0.0);
    assert_eq!(coverage.extent, Extent::Preemptions(0));
}

#[test]
fn a_schedule_of_another_program_is_told_apart() {
    let ask = |point, task| {
        let mut replay = Replay::new(vec![Choice::plain(point, TaskId(task))], Strictness::Strict);
        run(&atomic_counter(2, 1), &mut replay);
        replay.divergence()
    };
    assert_eq!(ask(3, 2), None);
    assert!(matches!(ask(0, 2), Some(Divergence::NotReady { ready, .. }) if ready == [TaskId(0)]));
    assert!(matches!(ask(1000, 2), Some(Divergence::NeverReached { .. })));
}

/// What the process keeps in memory, in megabytes.
fn megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: u64 = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096 / 1_000_000
}

#[test]
#[ignore = "prints figures: run it with --nocapture"]
fn memory() {
    let words = |child: u64| (0..12).map(move |word| Op::FetchAdd(0, (child * 7 + word * 5) % 64, 1));
    let large = |children: u64, rounds| {
        let child = |child| repeat(9, rounds, &words(child).collect::<Vec<_>>());
        Program::of((0..children).map(child).collect(), Vec::new())
    };
    for (name, program) in [("32 tasks, 100,000 updates", large(32, 260)), ("4 tasks, 100,000 updates", large(4, 2083))]
    {
        let mut exploration = Exploration::new(Bounds { preemptions: 2, executions: 40 });
        let mut most = 0;
        while let Some(mut next) = exploration.next_run() {
            let watch = crate::toy::Watch::All;
            let scope = Scope::default();
            let started = std::time::Instant::now();
            let execution = crate::toy::run_for(200_000, &program, scope, watch, &mut next);
            let steps = execution.steps.len();
            let ran = started.elapsed();
            let _ = exploration.finish(next, &execution);
            let finished = started.elapsed() - ran;
            drop(execution);
            most = most.max(megabytes());
            if exploration.executions() % 10 == 1 {
                let (number, memory) = (exploration.executions(), megabytes());
                println!("{name}, execution {number}: {steps} steps, {memory} MB, {ran:.1?} and {finished:.1?}");
            }
        }
        println!("{name}: at most {most} MB, {:?}", exploration.coverage());
    }
}

#[test]
#[ignore = "prints figures: run it with --nocapture"]
fn figures() {
    let lock = |guard: Guard| audited(&guard, &guard, 2, 2, 2);
    let programs = [
        ("mutex, 2 workers x 2, auditor", lock(mutex())),
        ("test-and-set, 2 workers x 2, auditor", lock(test_and_set())),
        ("ticket lock, 2 workers x 2, auditor", lock(ticket_lock())),
        ("mutex, 2 workers x 2", workers(&vec![mutex(); 2], 2)),
        ("mutex, 3 workers x 2", workers(&vec![mutex(); 3], 2)),
        ("sleeping lock, 2 workers x 2", workers(&vec![sleeping_lock(); 2], 2)),
        ("Peterson, 2 workers x 2", workers(&[peterson(0), peterson(1)], 2)),
        ("atomic counter, 4 x 4", atomic_counter(4, 4)),
    ];
    println!("| program | bound | all | made | reduction | given up early |");
    println!("|---|---|---|---|---|---|");
    const MOST: u32 = 100_000;
    for (name, program) in &programs {
        for preemptions in 0..=3 {
            let bounds = Bounds { preemptions, executions: MOST };
            let off = search(program, bounds, Pruning::Off, |_| true).executions;
            let mut given_up = 0;
            let mut exploration = Exploration::new(bounds);
            while let Some(mut next) = exploration.next_run() {
                let execution = run(program, &mut next);
                given_up += u32::from(execution.ending == Ending::Abandoned);
                let _ = exploration.finish(next, &execution);
            }
            let made = exploration.executions();
            let ratio = f64::from(off) / f64::from(made);
            let over = if off == MOST { "over " } else { "" };
            println!("| {name} | {preemptions} | {over}{off} | {made} | {over}{ratio:.1} | {given_up} |");
        }
    }
}
