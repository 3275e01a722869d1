//! Timers in virtual time: alarms, interval timers, POSIX timers, and timers with descriptors.
//! Knows when each goes off, never what its going off does.

use explorer::TaskId;

use crate::objects::Inode;
use crate::task::ProcessId;

/// What a timer does when it goes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// `alarm` and `setitimer`: SIGALRM to its process.
    Alarm,
    /// `timer_create`: a signal with a value, to a process or one of its tasks.
    Signal { signal: i32, value: u64, thread: Option<TaskId> },
    /// `timer_create` with `SIGEV_NONE`: nothing.
    Nothing,
    /// `timerfd_create`: what leads to it can be read.
    Descriptor(Inode),
}

/// One timer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timer {
    pub(crate) owner: ProcessId,
    /// Its number within its process, for `timer_create`.
    pub(crate) number: i32,
    pub(crate) clock: i32,
    pub(crate) goal: Goal,
    /// When it goes off next, in virtual nanoseconds.
    pub(crate) at: Option<u64>,
    /// How often after that; 0 for never.
    pub(crate) every: u64,
    /// How often it went off beyond the signal that tells of it.
    pub(crate) overrun: u64,
}

/// All timers of an execution.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    all: Vec<Timer>,
}

impl Timers {
    pub(crate) fn add(&mut self, timer: Timer) {
        self.all.push(timer);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn find(&mut self, wanted: impl Fn(&Timer) -> bool) -> Option<&mut Timer> {
        self.all.iter_mut().find(|timer| wanted(timer))
    }

    pub(crate) fn remove(&mut self, gone: impl Fn(&Timer) -> bool) {
        self.all.retain(|timer| !gone(timer));
    }

    /// A number that no timer of the process has.
    pub(crate) fn free_number(&self, owner: ProcessId) -> i32 {
        let used = |number: &i32| {
            self.all.iter().any(|timer| {
                timer.owner == owner
                    && timer.number == *number
                    && matches!(timer.goal, Goal::Signal { .. } | Goal::Nothing)
            })
        };
        (0..).find(|number| !used(number)).unwrap_or(0)
    }

    /// When the next one goes off.
    pub(crate) fn next(&self) -> Option<u64> {
        self.all.iter().filter_map(|timer| timer.at).min()
    }

    /// Takes the first one that has gone off by `now`, with how often it has.
    pub(crate) fn due(&mut self, now: u64) -> Option<(Timer, u64)> {
        let timer =
            self.all.iter_mut().filter(|timer| timer.at.is_some_and(|at| at <= now)).min_by_key(|timer| timer.at)?;
        let at = timer.at?;
        let times = match (now - at).checked_div(timer.every) {
            Some(more) => {
                timer.at = Some(at + (more + 1) * timer.every);
                more + 1
            }
            None => {
                timer.at = None;
                1
            }
        };
        timer.overrun = times - 1;
        Some((*timer, times))
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Timer, Timers};
    use crate::task::ProcessId;

    fn timer(number: i32, at: u64, every: u64) -> Timer {
        Timer { owner: ProcessId(0), number, clock: 0, goal: Goal::Nothing, at: Some(at), every, overrun: 0 }
    }

    #[test]
    fn timers_go_off_in_the_order_of_their_times() {
        let mut timers = Timers::default();
        timers.add(timer(0, 30, 0));
        timers.add(timer(1, 20, 0));
        assert_eq!(timers.next(), Some(20));
        assert!(timers.due(10).is_none());
        assert_eq!(timers.due(40).map(|(timer, _)| timer.number), Some(1));
        assert_eq!(timers.due(40).map(|(timer, _)| timer.number), Some(0));
        assert!(timers.due(40).is_none());
    }

    #[test]
    fn one_that_repeats_counts_what_was_missed() {
        let mut timers = Timers::default();
        timers.add(timer(0, 10, 5));
        assert_eq!(timers.due(21).map(|(_, times)| times), Some(3));
        assert_eq!(timers.next(), Some(25));
    }

    #[test]
    fn numbers_are_used_again() {
        let mut timers = Timers::default();
        timers.add(timer(0, 10, 5));
        timers.add(timer(1, 10, 5));
        timers.remove(|timer| timer.number == 0);
        assert_eq!(timers.free_number(ProcessId(0)), 0);
        timers.add(timer(0, 10, 5));
        assert_eq!(timers.free_number(ProcessId(0)), 2);
    }
}
