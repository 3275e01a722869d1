//! Clocks and sleeping, in virtual time.

use explorer::TaskId;

use crate::clock::Clock;
use crate::engine::Engine;

use super::arrive::Plan;
use super::{Condition, Deed};

const SECOND: u64 = 1_000_000_000;

impl Engine<'_> {
    /// Seconds and nanoseconds at `address`, as nanoseconds.
    pub(super) fn time_at(&self, id: TaskId, address: u64) -> Option<u64> {
        let seconds = self.peek_u64(id, address).ok()?;
        let rest = self.peek_u64(id, address + 8).ok()?;
        Some(seconds.saturating_mul(SECOND).saturating_add(rest))
    }

    pub(super) fn put_time(&self, id: TaskId, address: u64, nanoseconds: u64, unit: u64) -> i64 {
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&(nanoseconds / SECOND).to_le_bytes());
        bytes[8..].copy_from_slice(&(nanoseconds % SECOND / unit).to_le_bytes());
        if address == 0 || self.poke(id, address, &bytes).is_ok() { 0 } else { -i64::from(libc::EFAULT) }
    }

    pub(super) fn plan_time(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "a clock's number")]
        let clock = args[0] as i32;
        match call {
            libc::SYS_clock_gettime => {
                let now = self.clock.look(clock);
                Plan::Return(self.put_time(id, args[1], now, 1))
            }
            libc::SYS_gettimeofday => {
                let now = self.clock.look(libc::CLOCK_REALTIME);
                Plan::Return(self.put_time(id, args[0], now, 1000))
            }
            libc::SYS_time => {
                let now = self.clock.look(libc::CLOCK_REALTIME) / SECOND;
                if args[0] != 0 {
                    let _ = self.poke(id, args[0], &now.to_le_bytes());
                }
                Plan::Return(now.cast_signed())
            }
            libc::SYS_clock_getres => Plan::Return(self.put_time(id, args[1], 1, 1)),
            libc::SYS_sched_yield => Plan::visible(Deed::Yield, Vec::new(), Condition::Yield),
            _ => {
                let (request, absolute, clock) = if call == libc::SYS_nanosleep {
                    (args[0], false, libc::CLOCK_MONOTONIC)
                } else {
                    (args[2], args[1] & 1 != 0, clock)
                };
                let Some(asked) = self.time_at(id, request) else { return Plan::fail(libc::EFAULT) };
                let now = self.clock.now();
                let until = if absolute { Clock::moment(clock, asked) } else { now.saturating_add(asked) };
                Plan::visible(
                    Deed::Sleep { until, asked: until.saturating_sub(now) },
                    Vec::new(),
                    Condition::Time(until),
                )
            }
        }
    }
}
