//! Whether a condition holds in one execution.

use std::collections::{BTreeMap, BTreeSet};

use explorer::{Action, Call, Execution, Stream, TaskEnd};
use regex::Regex;

use super::flow;
use super::memory::{self, Use};
use super::rule::{Amount, Condition};
use super::tasks::{Process, Reaped, Task, Tasks};

/// How a condition does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// There was more or less than there must be.
    Amount {
        /// So much was seen.
        seen: u64,
        /// So much there must be.
        wanted: Amount<u64>,
    },
    /// Not all were there together.
    Apart,
    /// This line came from somebody else.
    Line(String),
}

/// What is wrong with a condition in an execution, if anything.
pub fn evaluate(condition: &Condition<u64>, execution: &Execution) -> Option<Broken> {
    let tasks = Tasks::of(execution);
    let uses = || memory::uses(execution, &tasks);
    let amount =
        |wanted: &Amount<u64>, seen: u64| (!wanted.allows(seen)).then_some(Broken::Amount { seen, wanted: *wanted });
    match condition {
        Condition::Children(wanted) => amount(wanted, tasks.children().count() as u64),
        Condition::Threads(wanted) => amount(wanted, tasks.threads(Process::FIRST).count() as u64),
        Condition::ChildrenTogether => (!children_together(&tasks)).then_some(Broken::Apart),
        Condition::ThreadsTogether(wanted) => amount(wanted, together(tasks.threads(Process::FIRST))),
        Condition::AliveTogether(wanted) => amount(wanted, together(tasks.children())),
        Condition::LinesByChildren(pattern) => foreign_line(execution, &tasks, pattern).map(Broken::Line),
        Condition::Flow { from, to, through, amount: wanted } => {
            amount(wanted, flow::bytes(&flow::flows(execution, &tasks, &uses(), *through), *from, *to))
        }
        Condition::Receivers { from, through, amount: wanted } => {
            amount(wanted, flow::receivers(&flow::flows(execution, &tasks, &uses(), *through), *from))
        }
        Condition::Writers { times, amount: wanted } => {
            amount(wanted, active(&tasks, &memory::changes_by_children(&uses()), *times))
        }
        Condition::Readers { times, amount: wanted } => {
            amount(wanted, active(&tasks, &memory::reads_by_children(&uses()), *times))
        }
        Condition::WordsByChildren(wanted) => {
            let first_child = tasks.children().map(|(_, task)| task.started).min().unwrap_or(usize::MAX);
            amount(wanted, memory::words_by_children(&uses(), first_child))
        }
        Condition::WordChanges { words, amount: wanted } => word_changes(*words, *wanted, &uses()),
        Condition::SharedWords(wanted) => amount(wanted, memory::shared_words(&uses())),
        Condition::Killed(wanted) => amount(wanted, killed(&tasks)),
    }
}

/// How many children did something so often. Nothing is needed to have done it 0 times.
fn active(tasks: &Tasks, counts: &BTreeMap<Process, u64>, times: u64) -> u64 {
    let often = |child: Process| counts.get(&child).copied().unwrap_or(0) >= times;
    tasks.children().filter(|(child, _)| often(*child)).count() as u64
}

fn word_changes(words: u64, wanted: Amount<u64>, uses: &[Use]) -> Option<Broken> {
    let mut counts = memory::changes_of_places(uses);
    if counts.iter().filter(|count| wanted.allows(**count)).count() as u64 >= words {
        return None;
    }
    // The place that comes next after those that are right tells how much is missing.
    counts.retain(|count| !wanted.allows(*count));
    Some(Broken::Amount { seen: counts.into_iter().max().unwrap_or(0), wanted })
}

fn children_together(tasks: &Tasks) -> bool {
    let last_start = tasks.children().map(|(_, task)| task.started).max();
    let waited = |reaped: Reaped| match reaped {
        Reaped::Waited(at) => Some(at),
        Reaped::Alone(_) => None,
    };
    let first_wait = tasks.children().filter_map(|(_, task)| task.reaped.and_then(waited)).min();
    match (last_start, first_wait) {
        (Some(start), Some(wait)) => start < wait,
        (None, _) | (_, None) => true,
    }
}

/// The most that lived at one moment.
fn together<'a, Name>(lives: impl Iterator<Item = (Name, &'a Task)>) -> u64 {
    let lives: Vec<_> = lives.map(|(_, task)| task.started..task.ended.map_or(usize::MAX, |(at, _)| at)).collect();
    let at = |moment: usize| lives.iter().filter(|life| life.contains(&moment)).count() as u64;
    lives.iter().map(|life| at(life.start)).max().unwrap_or(0)
}

fn killed(tasks: &Tasks) -> u64 {
    let by_signal = |end: TaskEnd| match end {
        TaskEnd::Signal(_) => true,
        TaskEnd::Exit(_) => false,
    };
    tasks.children().filter(|(_, task)| task.ended.is_some_and(|(_, end)| by_signal(end))).count() as u64
}

/// The first line that matches and was not printed by a child of its own.
fn foreign_line(execution: &Execution, tasks: &Tasks, pattern: &Regex) -> Option<String> {
    let mut printers = BTreeSet::new();
    for (line, by) in lines(execution, tasks) {
        if !pattern.is_match(&line) {
            continue;
        }
        let mut by = by.into_iter();
        let alone = match (by.next(), by.next()) {
            (Some(process), None) => process != Process::FIRST && printers.insert(process),
            (None, _) | (_, Some(_)) => false,
        };
        if !alone {
            return Some(line);
        }
    }
    None
}

/// The lines of standard output, and the processes that each was printed by.
fn lines(execution: &Execution, tasks: &Tasks) -> Vec<(String, BTreeSet<Process>)> {
    let mut lines = Vec::new();
    let (mut line, mut by) = (Vec::new(), BTreeSet::new());
    for step in &execution.steps {
        let Action::Call(Call::Print { stream: Stream::Out, bytes }) = &step.action else {
            continue;
        };
        for byte in bytes {
            by.insert(tasks.process(step.task));
            if *byte == b'\n' {
                lines.push((String::from_utf8_lossy(&line).trim_end().to_owned(), std::mem::take(&mut by)));
                line.clear();
            } else {
                line.push(*byte);
            }
        }
    }
    if !line.is_empty() {
        lines.push((String::from_utf8_lossy(&line).trim_end().to_owned(), by));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::rule::{Channel, Party};
    use super::*;
    use crate::made_up::MadeUp;

    #[track_caller]
    fn check(condition: Condition<u64>, execution: &MadeUp, expected: Option<Broken>) {
        assert_eq!(evaluate(&condition, &execution.done()), expected, "{condition:?}");
    }

    fn less(seen: u64, wanted: u64) -> Option<Broken> {
        Some(Broken::Amount { seen, wanted: Amount::AtLeast(wanted) })
    }

    /// Two children, each started before the first is waited for.
    fn two_children() -> MadeUp {
        MadeUp::new().start(0, 1).start(0, 2).end(1).end(2).wait(0).reap(0, 1).reap(0, 2)
    }

    #[test]
    fn processes_and_threads_are_counted_apart() {
        check(Condition::Children(Amount::Exactly(2)), &two_children(), None);
        check(Condition::Threads(Amount::AtLeast(1)), &two_children(), less(0, 1));
        let threads = MadeUp::new().thread(0, 1).start(0, 2).thread(2, 3);
        check(Condition::Threads(Amount::Exactly(1)), &threads, None);
        check(Condition::Children(Amount::Exactly(1)), &threads, None);
    }

    #[test]
    fn one_at_a_time_is_not_together() {
        check(Condition::ChildrenTogether, &two_children(), None);
        let one_by_one = MadeUp::new().start(0, 1).wait(0).end(1).reap(0, 1).start(0, 2).end(2).wait(0).reap(0, 2);
        check(Condition::ChildrenTogether, &one_by_one, Some(Broken::Apart));
    }

    #[test]
    fn a_child_that_clears_itself_away_was_not_waited_for() {
        // SIGCHLD is ignored, and the first child ends before the second is started.
        let ignored = MadeUp::new().start(0, 1).end(1).reap(0, 1).start(0, 2).end(2).reap(0, 2);
        check(Condition::ChildrenTogether, &ignored, None);
    }

    #[test]
    fn the_most_that_live_at_once_are_counted() {
        check(Condition::AliveTogether(Amount::Exactly(2)), &two_children(), None);
        let one_by_one = MadeUp::new().start(0, 1).end(1).start(0, 2).end(2);
        check(Condition::AliveTogether(Amount::AtLeast(2)), &one_by_one, less(1, 2));
    }

    #[test]
    fn a_line_belongs_to_the_child_that_printed_it() {
        let pattern = || Condition::LinesByChildren(Regex::new("^child").unwrap());
        let each = MadeUp::new().start(0, 1).start(0, 2).print(2, "child 1\n").print(1, "child 0\n").print(0, "end\n");
        check(pattern(), &each, None);
        let parent = MadeUp::new().start(0, 1).print(0, "child 0\n");
        check(pattern(), &parent, Some(Broken::Line("child 0".into())));
        let same = MadeUp::new().start(0, 1).print(1, "child 0\nchild 1\n");
        check(pattern(), &same, Some(Broken::Line("child 1".into())));
        let mixed = MadeUp::new().start(0, 1).start(0, 2).print(1, "child ").print(2, "0\n");
        check(pattern(), &mixed, Some(Broken::Line("child 0".into())));
    }

    #[test]
    fn bytes_flow_from_sender_to_receiver_and_never_to_oneself() {
        let flow = |from, to, through, least| Condition::Flow { from, to, through, amount: Amount::AtLeast(least) };
        let execution = MadeUp::new().start(0, 1).start(0, 2).receive(1, &[(0, 5)]).receive(2, &[(1, 3), (2, 9)]);
        check(flow(Party::Parent, Party::Children, Channel::Kernel, 5), &execution, None);
        check(flow(Party::Parent, Party::Children, Channel::Kernel, 6), &execution, less(5, 6));
        check(flow(Party::Children, Party::Children, Channel::Kernel, 4), &execution, less(3, 4));
        check(flow(Party::Anyone, Party::Anyone, Channel::Anything, 8), &execution, None);
    }

    #[test]
    fn a_word_flows_once_for_each_time_it_is_written() {
        let flow = |through, least| Condition::Flow {
            from: Party::Parent,
            to: Party::Children,
            through,
            amount: Amount::AtLeast(least),
        };
        let execution = MadeUp::new().start(0, 1).store(0, 0, 7).load(1, 0).load(1, 0).store(0, 0, 8).load(1, 0);
        check(flow(Channel::Anything, 16), &execution, None);
        check(flow(Channel::Anything, 17), &execution, less(16, 17));
        check(flow(Channel::Kernel, 1), &execution, less(0, 1));
    }

    #[test]
    fn children_that_get_something_are_receivers() {
        let receivers = |least| Condition::Receivers {
            from: Party::Parent,
            through: Channel::Anything,
            amount: Amount::AtLeast(least),
        };
        let execution = MadeUp::new().start(0, 1).start(0, 2).store(0, 0, 7).load(1, 0).receive(2, &[(1, 3)]);
        check(receivers(1), &execution, None);
        check(receivers(2), &execution, less(1, 2));
    }

    #[test]
    fn who_changes_nothing_writes_nothing() {
        let writers = |times, least| Condition::Writers { times, amount: Amount::AtLeast(least) };
        let execution = MadeUp::new().start(0, 1).start(0, 2).store(1, 0, 1).store(1, 0, 2).store(2, 0, 2);
        check(writers(2, 1), &execution, None);
        check(writers(1, 2), &execution, less(1, 2));
        let readers = Condition::Readers { times: 1, amount: Amount::AtLeast(1) };
        check(readers, &execution, less(0, 1));
    }

    #[test]
    fn what_the_parent_wrote_before_the_first_child_is_no_result() {
        let words = |least| Condition::WordsByChildren(Amount::AtLeast(least));
        let execution = MadeUp::new().store(0, 0, 1).start(0, 1).store(1, 0, 1).store(1, 1, 4).store(0, 1, 5);
        check(words(1), &execution, None);
        check(words(2), &execution, less(1, 2));
    }

    #[test]
    fn two_fields_in_one_word_are_two_places() {
        let changes = |words, least| Condition::WordChanges { words, amount: Amount::AtLeast(least) };
        let execution = MadeUp::new().start(0, 1).store_bytes(1, 0, 4, 10).store_bytes(1, 4, 4, 1);
        check(changes(2, 1), &execution, None);
        check(changes(2, 2), &execution, less(1, 2));
    }

    #[test]
    fn a_word_is_shared_by_those_who_use_it() {
        let execution = MadeUp::new().start(0, 1).store(0, 0, 1).load(1, 0).store(1, 1, 1);
        check(Condition::SharedWords(Amount::Exactly(1)), &execution, None);
    }

    #[test]
    fn a_child_that_a_signal_ended_was_killed() {
        let execution = MadeUp::new().start(0, 1).start(0, 2).end_with(1, TaskEnd::Signal(15)).end(2);
        check(Condition::Killed(Amount::Exactly(1)), &execution, None);
        let broken = Broken::Amount { seen: 1, wanted: Amount::AtMost(0) };
        check(Condition::Killed(Amount::AtMost(0)), &execution, Some(broken));
    }
}
