//! Futexes, done here: the kernel would meet protected memory, and would put tasks to sleep.

use explorer::{Action, Call, Location, TaskId, Touch};

use crate::RunError;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::futex::Key;
use crate::task::{Op, State, seen_pid};

use super::arrive::Plan;
use super::{Condition, Deed};

/// Like `FUTEX_LOCK_PI`, with a clock to choose; in Linux since 5.14.
const FUTEX_LOCK_PI2: i32 = 13;

impl Engine<'_> {
    pub(super) fn plan_futex(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        let [address, operation, value, timeout, second, third] = args;
        #[expect(clippy::cast_possible_truncation, reason = "an int argument")]
        let (operation, value) = (operation as i32, value as u32);
        let private = operation & libc::FUTEX_PRIVATE_FLAG != 0;
        let clock =
            if operation & libc::FUTEX_CLOCK_REALTIME != 0 { libc::CLOCK_REALTIME } else { libc::CLOCK_MONOTONIC };
        let place = self.futex_place(id, address, private);
        let command = operation & libc::FUTEX_CMD_MASK;
        let now = self.clock.now();
        #[expect(clippy::cast_possible_truncation, reason = "half words")]
        let deed = match command {
            libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET => {
                let until = if timeout == 0 {
                    None
                } else {
                    let Some(asked) = self.time_at(id, timeout) else { return Plan::fail(libc::EFAULT) };
                    Some(if command == libc::FUTEX_WAIT {
                        now.saturating_add(asked)
                    } else {
                        Clock::moment(clock, asked)
                    })
                };
                let bits = if command == libc::FUTEX_WAIT { u32::MAX } else { third as u32 };
                Deed::FutexWait { address, private, expected: value, bits, until }
            }
            libc::FUTEX_WAKE => Deed::FutexWake { address, private, count: u64::from(value), bits: u32::MAX },
            libc::FUTEX_WAKE_BITSET => {
                Deed::FutexWake { address, private, count: u64::from(value), bits: third as u32 }
            }
            libc::FUTEX_REQUEUE => Deed::FutexRequeue {
                address,
                private,
                wake: u64::from(value),
                to: second,
                moved: timeout & 0xffff_ffff,
                expected: None,
            },
            libc::FUTEX_CMP_REQUEUE => Deed::FutexRequeue {
                address,
                private,
                wake: u64::from(value),
                to: second,
                moved: timeout & 0xffff_ffff,
                expected: Some(third as u32),
            },
            libc::FUTEX_WAKE_OP => Deed::FutexWakeOp {
                address,
                private,
                wake: u64::from(value),
                second,
                wake_second: timeout & 0xffff_ffff,
                operation: third as u32,
            },
            // priorities change nothing here: one task runs at a time
            libc::FUTEX_LOCK_PI | FUTEX_LOCK_PI2 | libc::FUTEX_TRYLOCK_PI => {
                let clock = if command == FUTEX_LOCK_PI2 { clock } else { libc::CLOCK_REALTIME };
                let until = if timeout == 0 || command == libc::FUTEX_TRYLOCK_PI {
                    None
                } else {
                    let Some(asked) = self.time_at(id, timeout) else { return Plan::fail(libc::EFAULT) };
                    Some(Clock::moment(clock, asked))
                };
                Deed::FutexLock { address, private, waits: command != libc::FUTEX_TRYLOCK_PI, until }
            }
            libc::FUTEX_UNLOCK_PI => Deed::FutexUnlock { address, private },
            _ => {
                self.not_modelled("system call `futex` with priority inheritance and moving of waiters".into());
                return Plan::fail(libc::ENOSYS);
            }
        };
        Plan::visible(deed, vec![place], Condition::Always)
    }

    /// The place that a futex word stands for.
    fn futex_place(&self, id: TaskId, address: u64, private: bool) -> Location {
        if let Some(location) = self.location(id, address)
            && !private
        {
            return location;
        }
        Location { object: self.private_object(id), word: address / 8 }
    }

    pub(super) fn futex_wait(
        &mut self,
        id: TaskId,
        address: u64,
        private: bool,
        expected: u32,
        bits: u32,
        until: Option<u64>,
    ) -> Result<(), RunError> {
        let place = self.futex_place(id, address, private);
        let Ok(value) = self.peek_u32(id, address) else {
            self.give(id, -i64::from(libc::EFAULT))?;
            return self.advance(id);
        };
        if value != expected {
            self.record(id, Action::Call(Call::Other { name: "futex" }), vec![Touch::Read(place)]);
            self.give(id, -i64::from(libc::EAGAIN))?;
            return self.advance(id);
        }
        self.record_call(id, Call::FutexWait { location: place }, &[place]);
        let key = self.futex_key(id, address, private);
        self.futexes.sleep(id, key, bits);
        self.task_mut(id).state = State::Asleep { key, location: place, until };
        Ok(())
    }

    /// Wakes sleepers on behalf of `id`, and says who.
    pub(crate) fn wake_sleepers(&mut self, id: TaskId, key: Key, count: u64, bits: u32) -> Vec<TaskId> {
        let woken = self.futexes.wake(key, count, bits);
        for sleeper in &woken {
            let _ = self.give(*sleeper, 0);
            self.task_mut(*sleeper).state = State::At(Op::Continue);
        }
        if !woken.is_empty() {
            let location = match key {
                Key::Shared(object, byte) => Location { object, word: byte / 8 },
                Key::Private(_, address) => self.futex_place(id, address, true),
            };
            self.record_call(id, Call::FutexWake { location, woken: woken.clone() }, &[location]);
        }
        woken
    }

    pub(super) fn futex_wake(
        &mut self,
        id: TaskId,
        address: u64,
        private: bool,
        count: u64,
        bits: u32,
    ) -> Result<(), RunError> {
        let key = self.futex_key(id, address, private);
        let woken = self.wake_sleepers(id, key, count, bits);
        if woken.is_empty() {
            let place = self.futex_place(id, address, private);
            self.record_call(id, Call::FutexWake { location: place, woken: Vec::new() }, &[place]);
        }
        self.give(id, woken.len() as i64)
    }

    #[expect(clippy::too_many_arguments, reason = "the call has as many")]
    pub(super) fn futex_requeue(
        &mut self,
        id: TaskId,
        address: u64,
        private: bool,
        wake: u64,
        to: u64,
        moved: u64,
        expected: Option<u32>,
    ) -> Result<(), RunError> {
        if let Some(expected) = expected
            && self.peek_u32(id, address).ok() != Some(expected)
        {
            return self.give(id, -i64::from(libc::EAGAIN));
        }
        let from_key = self.futex_key(id, address, private);
        let to_key = self.futex_key(id, to, private);
        let woken = self.wake_sleepers(id, from_key, wake, u32::MAX);
        let new_place = self.futex_place(id, to, private);
        let requeued = self.futexes.requeue(from_key, to_key, moved);
        for sleeper in &requeued {
            if let State::Asleep { key, location, .. } = &mut self.task_mut(*sleeper).state {
                *key = to_key;
                *location = new_place;
            }
        }
        self.give(id, (woken.len() + requeued.len()) as i64)
    }

    #[expect(clippy::too_many_arguments, reason = "the call has as many")]
    pub(super) fn futex_wake_op(
        &mut self,
        id: TaskId,
        address: u64,
        private: bool,
        wake: u64,
        second: u64,
        wake_second: u64,
        operation: u32,
    ) -> Result<(), RunError> {
        // the operation's parts are described in futex(2)
        let Ok(old) = self.peek_u32(id, second) else { return self.give(id, -i64::from(libc::EFAULT)) };
        let code = operation >> 28 & 0xf;
        let mut argument = operation >> 12 & 0xfff;
        if code & 8 != 0 {
            argument = 1 << (argument & 31);
        }
        let compared = operation & 0xfff;
        let new = match code & 7 {
            0 => argument,
            1 => old.wrapping_add(argument),
            2 => old | argument,
            3 => old & !argument,
            _ => old ^ argument,
        };
        let (signed, against) = (old.cast_signed(), compared.cast_signed());
        let holds = match operation >> 24 & 0xf {
            0 => signed == against,
            1 => signed != against,
            2 => signed < against,
            3 => signed <= against,
            4 => signed > against,
            _ => signed >= against,
        };
        let _ = self.poke(id, second, &new.to_le_bytes());
        let place = self.futex_place(id, second, private);
        self.record(id, Action::Call(Call::Other { name: "futex" }), vec![Touch::Write(place)]);
        let key = self.futex_key(id, address, private);
        let mut count = self.wake_sleepers(id, key, wake, u32::MAX).len();
        if holds {
            let key = self.futex_key(id, second, private);
            count += self.wake_sleepers(id, key, wake_second, u32::MAX).len();
        }
        self.give(id, count as i64)
    }

    /// Takes a lock whose word is the number of the task that has it.
    pub(super) fn futex_lock(
        &mut self,
        id: TaskId,
        address: u64,
        private: bool,
        waits: bool,
        until: Option<u64>,
    ) -> Result<(), RunError> {
        let place = self.futex_place(id, address, private);
        let Ok(value) = self.peek_u32(id, address) else {
            self.give(id, -i64::from(libc::EFAULT))?;
            return self.advance(id);
        };
        let own = seen_pid(id).cast_unsigned();
        let owner = value & libc::FUTEX_TID_MASK;
        let owner_lives =
            self.task_seen_as(owner.cast_signed()).is_some_and(|task| !matches!(self.task(task).state, State::Ended));
        let result = if owner == 0 {
            let new = own | value & (libc::FUTEX_WAITERS | libc::FUTEX_OWNER_DIED);
            let _ = self.poke(id, address, &new.to_le_bytes());
            0
        } else if owner == own {
            -i64::from(libc::EDEADLK)
        } else if !owner_lives {
            -i64::from(libc::ESRCH)
        } else if !waits {
            -i64::from(libc::EAGAIN)
        } else {
            let _ = self.poke(id, address, &(value | libc::FUTEX_WAITERS).to_le_bytes());
            self.record_call(id, Call::FutexWait { location: place }, &[place]);
            let key = self.futex_key(id, address, private);
            self.futexes.sleep(id, key, u32::MAX);
            self.task_mut(id).state = State::Asleep { key, location: place, until };
            return Ok(());
        };
        self.record(id, Action::Call(Call::Other { name: "futex" }), vec![Touch::Write(place)]);
        self.progress.memory_changed();
        self.give(id, result)?;
        self.advance(id)
    }

    pub(super) fn futex_unlock(&mut self, id: TaskId, address: u64, private: bool) -> Result<(), RunError> {
        let place = self.futex_place(id, address, private);
        let Ok(value) = self.peek_u32(id, address) else { return self.give(id, -i64::from(libc::EFAULT)) };
        if value & libc::FUTEX_TID_MASK != seen_pid(id).cast_unsigned() {
            self.record(id, Action::Call(Call::Other { name: "futex" }), vec![Touch::Read(place)]);
            return self.give(id, -i64::from(libc::EPERM));
        }
        let key = self.futex_key(id, address, private);
        self.hand_over(id, address, key, 0);
        self.give(id, 0)
    }

    /// The lock of that kind goes to whoever has waited longest, with these bits in its word.
    pub(crate) fn hand_over(&mut self, id: TaskId, address: u64, key: Key, bits: u32) {
        let next = self.futexes.first(key);
        let more = if self.futexes.count(key) > 1 { libc::FUTEX_WAITERS } else { 0 };
        let new = next.map_or(0, |next| seen_pid(next).cast_unsigned() | more) | bits;
        let _ = self.poke(id, address, &new.to_le_bytes());
        if self.wake_sleepers(id, key, 1, u32::MAX).is_empty() {
            let location = match key {
                Key::Shared(object, byte) => Location { object, word: byte / 8 },
                Key::Private(_, address) => self.futex_place(id, address, true),
            };
            self.record_call(id, Call::FutexWake { location, woken: Vec::new() }, &[location]);
        }
        self.progress.memory_changed();
    }

    /// A timed sleep is over without a wake.
    pub(crate) fn sleep_ended(&mut self, id: TaskId, location: Location) -> Result<(), RunError> {
        self.futexes.forget(id);
        self.record_call(id, Call::Other { name: "futex" }, &[location]);
        self.give(id, -i64::from(libc::ETIMEDOUT))?;
        self.advance(id)
    }
}
