//! The programs that a course on processes sees, right and wrong.

use super::toy::{Op, Program, ZERO, print_words, repeat};

pub const BALANCE: u64 = 0;
pub const OPERATIONS: u64 = 1;
pub const INCONSISTENT: u64 = 2;
pub const LOCK: u64 = 8;
pub const SERVING: u64 = 9;
const FLAGS: u64 = 10;
const TURN: u64 = 12;

/// How a critical section begins and ends.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    pub enter: Vec<Op>,
    pub leave: Vec<Op>,
}

pub fn mutex() -> Guard {
    Guard { enter: vec![Op::Lock(0)], leave: vec![Op::Unlock(0)] }
}

/// A lock that is taken by an exchange.
pub fn test_and_set() -> Guard {
    Guard { enter: vec![Op::Swap(5, LOCK, 1), Op::JumpUnless(5, 0, -1)], leave: vec![Op::Store(LOCK, ZERO, 0)] }
}

/// The same with a look before, and an offer to let others go first.
pub fn test_then_test_and_set() -> Guard {
    Guard {
        enter: vec![
            Op::Load(5, LOCK),
            Op::JumpIf(5, 0, 3),
            Op::Yield,
            Op::Jump(-3),
            Op::CompareExchange(5, LOCK, 0, 1),
            Op::JumpUnless(5, 0, -5),
        ],
        leave: vec![Op::Store(LOCK, ZERO, 0)],
    }
}

pub fn ticket_lock() -> Guard {
    Guard {
        enter: vec![Op::FetchAdd(6, LOCK, 1), Op::Load(5, SERVING), Op::Subtract(5, 6), Op::JumpUnless(5, 0, -2)],
        leave: vec![Op::Load(5, SERVING), Op::Store(SERVING, 5, 1)],
    }
}

/// Waits for the lock asleep.
pub fn sleeping_lock() -> Guard {
    Guard {
        enter: vec![Op::Swap(5, LOCK, 1), Op::JumpIf(5, 0, 3), Op::Sleep(10), Op::Jump(-3)],
        leave: vec![Op::Store(LOCK, ZERO, 0)],
    }
}

/// Peterson's, for two: `me` is 0 or 1.
pub fn peterson(me: u64) -> Guard {
    let other = 1 - me;
    Guard {
        enter: vec![
            Op::Store(FLAGS + me, ZERO, 1),
            Op::Store(TURN, ZERO, other as i64),
            Op::Load(5, FLAGS + other),
            Op::JumpIf(5, 0, 3),
            Op::Load(5, TURN),
            Op::JumpIf(5, other as i64, -3),
        ],
        leave: vec![Op::Store(FLAGS + me, ZERO, 0)],
    }
}

/// The same with the fence that it needs between its stores and its look at the other.
pub fn peterson_with_fence(me: u64) -> Guard {
    let Guard { mut enter, leave } = peterson(me);
    enter.insert(2, Op::Fence);
    Guard { enter, leave }
}

/// Wrong: looks whether the lock is free, and then takes it.
pub fn check_then_lock() -> Guard {
    Guard {
        enter: vec![Op::Load(5, LOCK), Op::JumpUnless(5, 0, -1), Op::Store(LOCK, ZERO, 1)],
        leave: vec![Op::Store(LOCK, ZERO, 0)],
    }
}

/// Adds 10 to the balance and 1 to the operations.
fn deposit() -> Vec<Op> {
    vec![Op::Load(0, BALANCE), Op::Store(BALANCE, 0, 10), Op::Load(0, OPERATIONS), Op::Store(OPERATIONS, 0, 1)]
}

fn guarded(guard: &Guard, body: Vec<Op>) -> Vec<Op> {
    [guard.enter.clone(), body, guard.leave.clone()].concat()
}

/// Workers that make `deposits` deposits each, every one in its own guard, and then the balance
/// and the operations.
pub fn workers(guards: &[Guard], deposits: i64) -> Program {
    let children = guards.iter().map(|guard| repeat(9, deposits, &guarded(guard, deposit()))).collect();
    Program::of(children, print_words(&[BALANCE, OPERATIONS]))
}

/// Children that add 1 to one word, a load and a store each time.
pub fn counter(children: usize, increments: i64) -> Program {
    let child = repeat(9, increments, &[Op::Load(0, BALANCE), Op::Store(BALANCE, 0, 1)]);
    Program::of(vec![child; children], print_words(&[BALANCE]))
}

/// The same, in one step each.
pub fn atomic_counter(children: usize, increments: i64) -> Program {
    let child = repeat(9, increments, &[Op::FetchAdd(0, BALANCE, 1)]);
    Program::of(vec![child; children], print_words(&[BALANCE]))
}

/// The same, with compare-and-exchange.
pub fn exchanging_counter(children: usize, increments: i64) -> Program {
    let attempt = |from: i64| vec![Op::Load(0, BALANCE), Op::Set(1, from), Op::Subtract(1, 0), Op::JumpUnless(1, 0, 4)];
    // One compare-and-exchange for each value that the counter can have.
    let last = children as i64 * increments;
    let mut body = Vec::new();
    for from in 0..last {
        let mut block = attempt(from);
        block.extend([Op::CompareExchange(2, BALANCE, from, from + 1), Op::Add(2, -from), Op::JumpIf(2, 0, 0)]);
        body.push(block);
    }
    let length: usize = body.iter().map(Vec::len).sum();
    let mut script = Vec::new();
    for mut block in body {
        let at = script.len() + block.len();
        // On success out of the loop, else on to the next value.
        *block.last_mut().expect("not empty") = Op::JumpIf(2, 0, (length + 1 - at + 1) as isize);
        block[3] = Op::JumpUnless(1, 0, 4);
        script.extend(block);
    }
    script.push(Op::Jump(-(length as isize)));
    let child = repeat(9, increments, &script);
    Program::of(vec![child; children], print_words(&[BALANCE]))
}

/// Workers, and an auditor who compares balance and operations `audits` times.
pub fn audited(worker: &Guard, auditor: &Guard, workers: usize, deposits: i64, audits: i64) -> Program {
    let deposit = guarded(worker, deposit());
    audited_deposits(&deposit, auditor, workers, deposits, audits)
}

/// Both fields are added to in one step each, and the auditor still sees half a deposit.
pub fn half_seen(workers: usize, deposits: i64) -> Program {
    let deposit = [Op::FetchAdd(0, BALANCE, 10), Op::FetchAdd(0, OPERATIONS, 1)];
    audited_deposits(&deposit, &Guard::default(), workers, deposits, deposits)
}

fn audited_deposits(deposit: &[Op], auditor: &Guard, workers: usize, deposits: i64, audits: i64) -> Program {
    let look = vec![Op::Load(0, BALANCE), Op::Load(1, OPERATIONS)];
    let mut compare: Vec<Op> = vec![Op::Subtract(0, 1); 10];
    compare.extend([Op::JumpIf(0, 0, 2), Op::FetchAdd(2, INCONSISTENT, 1)]);
    let audit = [guarded(auditor, look), compare].concat();
    let mut children = vec![repeat(9, deposits, deposit); workers];
    children.push(repeat(9, audits, &audit));
    Program::of(children, print_words(&[BALANCE, OPERATIONS, INCONSISTENT]))
}

/// Each sleeps between its load and its store, as if that were a lock.
pub fn sleeping_instead_of_locking(children: usize) -> Program {
    let child = vec![Op::Load(0, BALANCE), Op::Sleep(1000), Op::Store(BALANCE, 0, 1)];
    Program::of(vec![child; children], print_words(&[BALANCE]))
}

/// Each waits for its turn by the clock: nothing but time keeps them apart.
pub fn turns_by_the_clock(children: usize) -> Program {
    let child = |turn: usize| vec![Op::Sleep(turn as u64 * 1000), Op::Load(0, BALANCE), Op::Store(BALANCE, 0, 1)];
    Program::of((0..children).map(child).collect(), print_words(&[BALANCE]))
}

/// Two locks, taken in opposite order.
pub fn opposite_locks() -> Program {
    let child = |first, second| vec![Op::Lock(first), Op::Lock(second), Op::Unlock(second), Op::Unlock(first)];
    Program::of(vec![child(0, 1), child(1, 0)], Vec::new())
}

/// A barrier with a sense that changes each time: the last to come lets all others go on. Each
/// task adds 1 to a word of its own and, after the barrier, looks whether all others have.
pub fn barrier(tasks: i64, rounds: i64) -> Program {
    const COUNT: u64 = 30;
    const SENSE: u64 = 31;
    const WRONG: u64 = 32;
    let own = |task: i64| 40 + task as u64;
    let child = |task: i64| {
        let mut script = Vec::new();
        for round in 1..=rounds {
            let sense = round % 2;
            script.push(Op::Store(own(task), ZERO, round));
            script.push(Op::FetchAdd(1, COUNT, 1));
            // The last one starts the count anew, and turns the sense; the others wait for that.
            script.push(Op::JumpUnless(1, tasks - 1, 4));
            script.push(Op::Store(COUNT, ZERO, 0));
            script.push(Op::Store(SENSE, ZERO, sense));
            script.push(Op::Jump(3));
            script.push(Op::Load(2, SENSE));
            script.push(Op::JumpUnless(2, sense, -1));
            // Whoever is a round behind makes this wrong.
            for other in (0..tasks).filter(|other| *other != task) {
                script.push(Op::Load(3, own(other)));
                script.push(Op::JumpIf(3, round, 3));
                script.push(Op::JumpIf(3, round + 1, 2));
                script.push(Op::FetchAdd(4, WRONG, 1));
            }
        }
        script
    };
    Program::of((0..tasks).map(child).collect(), print_words(&[WRONG]))
}

/// A writer that keeps two words equal, and readers who try again when it was at work (a
/// sequence lock).
pub fn sequence_lock(readers: usize, writes: i64) -> Program {
    const SEQUENCE: u64 = 30;
    const WRONG: u64 = 32;
    let mut writer = Vec::new();
    for write in 1..=writes {
        let store = |word, number| Op::Store(word, ZERO, number);
        writer.extend([store(SEQUENCE, 2 * write - 1), store(40, write), store(41, write), store(SEQUENCE, 2 * write)]);
    }
    let mut reader = vec![Op::Load(1, SEQUENCE)];
    // Odd: a write is going on.
    for write in 1..=writes {
        reader.push(Op::JumpIf(1, 2 * write - 1, -write as isize));
    }
    let start = reader.len() as isize;
    reader.extend([Op::Load(2, 40), Op::Load(3, 41), Op::Load(4, SEQUENCE), Op::Subtract(4, 1)]);
    reader.push(Op::JumpUnless(4, 0, -start - 4));
    reader.extend([Op::Subtract(3, 2), Op::JumpIf(3, 0, 2), Op::FetchAdd(5, WRONG, 1)]);
    let mut children = vec![writer];
    children.extend(vec![reader; readers]);
    Program::of(children, print_words(&[WRONG]))
}

/// Waits for the lock asleep, twice as long each time.
pub fn backing_off() -> Guard {
    let attempt = |sleep, rest: isize| [Op::Swap(5, LOCK, 1), Op::JumpIf(5, 0, rest), Op::Sleep(sleep)];
    let mut enter = [attempt(10, 9), attempt(20, 6), attempt(40, 3)].concat();
    enter.push(Op::Jump(-9));
    Guard { enter, leave: vec![Op::Store(LOCK, ZERO, 0)] }
}
