//! Virtual time: sleeping costs nothing, and every look at a clock sees it move.

/// Nanoseconds since the start of the execution, as its tasks see them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    now: u64,
}

/// What a clock shows at the start of an execution: the monotonic ones this many seconds
/// after the system's start, the others this many after 1970 (2026-01-01).
const MONOTONIC: u64 = 1_000;
const REAL: u64 = 1_767_225_600;

const SECOND: u64 = 1_000_000_000;

/// One look at a clock, and one step, in nanoseconds. Of the size they have on real machines.
const LOOK: u64 = 40;
const STEP: u64 = 200;

impl Clock {
    pub(crate) fn now(self) -> u64 {
        self.now
    }

    /// A step was made.
    pub(crate) fn step(&mut self) {
        // a program may have slept until the end of time
        self.now = self.now.saturating_add(STEP);
    }

    /// Time passes to a moment, if that is still to come.
    pub(crate) fn pass_to(&mut self, at: u64) {
        self.now = self.now.max(at);
    }

    /// What `clock_gettime` says, in nanoseconds.
    pub(crate) fn look(&mut self, clock: i32) -> u64 {
        self.now = self.now.saturating_add(LOOK);
        self.now.saturating_add(base(clock))
    }

    /// The moment in execution time that a reading of a clock stands for.
    pub(crate) fn moment(clock: i32, reading: u64) -> u64 {
        reading.saturating_sub(base(clock))
    }

    /// What the time stamp counter says: three ticks a nanosecond.
    pub(crate) fn ticks(&mut self) -> u64 {
        self.look(libc::CLOCK_MONOTONIC).saturating_mul(3)
    }
}

fn base(clock: i32) -> u64 {
    match clock {
        libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE | libc::CLOCK_TAI => REAL * SECOND,
        libc::CLOCK_PROCESS_CPUTIME_ID | libc::CLOCK_THREAD_CPUTIME_ID => 0,
        _ => MONOTONIC * SECOND,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_at_its_end() {
        let mut clock = Clock::default();
        clock.pass_to(u64::MAX);
        clock.step();
        assert_eq!(clock.look(libc::CLOCK_REALTIME), u64::MAX);
        assert_eq!(clock.ticks(), u64::MAX);
    }
}
