//! Calls that set timers, and what happens when one goes off. All of it in virtual time.

use explorer::TaskId;
use std::os::fd::AsRawFd;

use crate::RunError;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::objects::Kind;
use crate::task::{ProcessId, Signalled};
use crate::timers::{Goal, Timer};

use super::arrive::Plan;

const SECOND: u64 = 1_000_000_000;

/// Timers may go off so often without anybody getting on.
const MOST_IN_VAIN: u32 = 1_000;

impl Engine<'_> {
    pub(super) fn plan_alarm(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        let now = self.clock.now();
        let owner = self.task(id).process;
        let before = self.timers.find(|timer| timer.owner == owner && timer.goal == Goal::Alarm).copied();
        let left = before.and_then(|timer| timer.at).map_or(0, |at| at.saturating_sub(now).max(1));
        if call == libc::SYS_alarm {
            self.set_alarm(owner, (args[0] != 0).then(|| now.saturating_add(args[0].saturating_mul(SECOND))), 0);
            return Plan::Return(left.div_ceil(SECOND).cast_signed());
        }
        const REAL: u64 = libc::ITIMER_REAL as u64;
        if args[0] != REAL {
            self.not_modelled("an interval timer in processor time (`setitimer`)".into());
            return Plan::Return(0);
        }
        let old = if call == libc::SYS_getitimer { args[1] } else { args[2] };
        if old != 0 {
            self.put_time(id, old, before.map_or(0, |timer| timer.every), 1000);
            self.put_time(id, old + 16, left, 1000);
        }
        if call == libc::SYS_setitimer {
            let timeval = |engine: &Self, address: u64| {
                Some(
                    engine.peek_u64(id, address).ok()?.saturating_mul(SECOND)
                        + engine.peek_u64(id, address + 8).ok()? * 1000,
                )
            };
            let (every, first) = if args[1] == 0 {
                (0, 0)
            } else {
                match (timeval(self, args[1]), timeval(self, args[1] + 16)) {
                    (Some(every), Some(first)) => (every, first),
                    _ => return Plan::fail(libc::EFAULT),
                }
            };
            self.set_alarm(owner, (first != 0).then(|| now.saturating_add(first)), every);
        }
        Plan::Return(0)
    }

    fn set_alarm(&mut self, owner: ProcessId, at: Option<u64>, every: u64) {
        self.timers.remove(|timer| timer.owner == owner && timer.goal == Goal::Alarm);
        let clock = libc::CLOCK_MONOTONIC;
        self.timers.add(Timer { owner, number: 0, clock, goal: Goal::Alarm, at, every, overrun: 0 });
        // the call takes its time: what is waited for after it begins later
        const CALL: u64 = 1_000;
        self.clock.pass_to(self.clock.now().saturating_add(CALL));
    }

    pub(super) fn plan_timer(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (first, second) = (args[0] as i32, args[1] as i32);
        let owner = self.task(id).process;
        Ok(match call {
            libc::SYS_timer_create => self.create_timer(id, first, args),
            libc::SYS_timerfd_create => {
                let nonblocking = libc::O_NONBLOCK as u64;
                // what stands for it can be read as soon as we have put a number into it
                let stand = [0, args[1] & libc::O_CLOEXEC as u64 | nonblocking, 0, 0, 0, 0];
                let made = self.inject_in_place(id, libc::SYS_eventfd2, stand)?;
                if let Some(inode) = self.name_anonymous(id, made, Kind::Timer, args[1] & nonblocking != 0) {
                    let goal = Goal::Descriptor(inode);
                    self.timers.add(Timer { owner, number: 0, clock: first, goal, at: None, every: 0, overrun: 0 });
                }
                Plan::Done
            }
            libc::SYS_timerfd_settime | libc::SYS_timerfd_gettime => {
                let Some(thing) = self.thing(id, first) else { return Ok(Plan::fail(libc::EBADF)) };
                if thing.kind != Kind::Timer {
                    return Ok(Plan::fail(libc::EINVAL));
                }
                let wanted = move |timer: &Timer| timer.goal == Goal::Descriptor(thing.inode);
                if call == libc::SYS_timerfd_gettime {
                    return Ok(self.tell_timer(id, args[1], wanted));
                }
                if let Some(way) = self.objects.way_to(thing.inode) {
                    let mut count = 0u64;
                    // SAFETY: reads eight bytes into a live number; the descriptor never blocks.
                    unsafe { libc::read(way.as_raw_fd(), (&raw mut count).cast(), 8) };
                }
                self.set_timer(id, second, [args[2], args[3]], wanted)
            }
            libc::SYS_timer_delete => {
                self.timers.remove(|timer| {
                    timer.owner == owner
                        && timer.number == first
                        && matches!(timer.goal, Goal::Signal { .. } | Goal::Nothing)
                });
                Plan::Return(0)
            }
            _ => {
                let wanted = move |timer: &Timer| {
                    timer.owner == owner
                        && timer.number == first
                        && matches!(timer.goal, Goal::Signal { .. } | Goal::Nothing)
                };
                match call {
                    libc::SYS_timer_settime => self.set_timer(id, second, [args[2], args[3]], wanted),
                    libc::SYS_timer_gettime => self.tell_timer(id, args[1], wanted),
                    _ => match self.timers.find(wanted) {
                        Some(timer) => Plan::Return(timer.overrun.cast_signed()),
                        None => Plan::fail(libc::EINVAL),
                    },
                }
            }
        })
    }

    fn create_timer(&mut self, id: TaskId, clock: i32, args: [u64; 6]) -> Plan {
        // a sigevent's parts (sigevent(3type)): value, signal, how to tell, whom
        const SIGNAL: i32 = 0;
        const NONE: i32 = 1;
        const THREAD: i32 = 4;
        let owner = self.task(id).process;
        let number = self.timers.free_number(owner);
        let goal = if args[1] == 0 {
            Goal::Signal { signal: libc::SIGALRM, value: number.unsigned_abs().into(), thread: None }
        } else {
            let (Ok(value), Ok(signal), Ok(how), Ok(whom)) = (
                self.peek_u64(id, args[1]),
                self.peek_u32(id, args[1] + 8),
                self.peek_u32(id, args[1] + 12),
                self.peek_u32(id, args[1] + 16),
            ) else {
                return Plan::fail(libc::EFAULT);
            };
            let signal = signal.cast_signed();
            match how.cast_signed() {
                SIGNAL => Goal::Signal { signal, value, thread: None },
                THREAD => match self.task_seen_as(whom.cast_signed()) {
                    Some(thread) => Goal::Signal { signal, value, thread: Some(thread) },
                    None => return Plan::fail(libc::EINVAL),
                },
                NONE => Goal::Nothing,
                _ => return Plan::fail(libc::EINVAL),
            }
        };
        if matches!(clock, libc::CLOCK_PROCESS_CPUTIME_ID | libc::CLOCK_THREAD_CPUTIME_ID) {
            self.not_modelled("a timer in processor time (`timer_create`)".into());
        }
        if self.poke(id, args[2], &number.to_le_bytes()).is_err() {
            return Plan::fail(libc::EFAULT);
        }
        self.timers.add(Timer { owner, number, clock, goal, at: None, every: 0, overrun: 0 });
        Plan::Return(0)
    }

    /// Sets a timer from the first address, and tells at the second what it was.
    fn set_timer(&mut self, id: TaskId, flags: i32, [new, old]: [u64; 2], wanted: impl Fn(&Timer) -> bool) -> Plan {
        const ABSOLUTE: i32 = 1;
        let now = self.clock.now();
        if old != 0 {
            let told = self.tell_timer(id, old, &wanted);
            if !matches!(told, Plan::Return(0)) {
                return told;
            }
        }
        let (Some(every), Some(first)) = (self.time_at(id, new), self.time_at(id, new + 16)) else {
            return Plan::fail(libc::EFAULT);
        };
        let Some(timer) = self.timers.find(wanted) else { return Plan::fail(libc::EINVAL) };
        timer.at = match first {
            0 => None,
            reading if flags & ABSOLUTE != 0 => Some(Clock::moment(timer.clock, reading)),
            more => Some(now.saturating_add(more)),
        };
        timer.every = every;
        timer.overrun = 0;
        Plan::Return(0)
    }

    fn tell_timer(&mut self, id: TaskId, address: u64, wanted: impl Fn(&Timer) -> bool) -> Plan {
        let now = self.clock.now();
        let Some(timer) = self.timers.find(wanted) else { return Plan::fail(libc::EINVAL) };
        let (every, left) = (timer.every, timer.at.map_or(0, |at| at.saturating_sub(now).max(1)));
        let done = self.put_time(id, address, every, 1);
        Plan::Return(if done == 0 { self.put_time(id, address + 16, left, 1) } else { done })
    }

    /// What has gone off by now does what it is for.
    pub(crate) fn fire_due(&mut self) {
        while let Some((timer, times)) = self.timers.due(self.clock.now()) {
            let process = &mut self.processes[timer.owner.0];
            let pid = process.pid.as_raw();
            let alive = process.ended.is_none();
            self.version += 1;
            match timer.goal {
                Goal::Descriptor(inode) => {
                    if let Some(way) = self.objects.way_to(inode) {
                        // SAFETY: writes eight live bytes; the descriptor never blocks.
                        unsafe { libc::write(way.as_raw_fd(), (&raw const times).cast(), 8) };
                    }
                    self.progress.memory_changed();
                }
                Goal::Alarm if alive => {
                    process.signalled = Signalled::Perhaps;
                    // SAFETY: a signal by number, to a process that is ours.
                    unsafe { libc::kill(pid, libc::SIGALRM) };
                }
                Goal::Signal { signal, value, thread } if alive => {
                    process.signalled = Signalled::Perhaps;
                    let thread = thread.map_or(pid, |thread| self.task(thread).pid.as_raw());
                    send_from_timer(pid, thread, signal, timer.number, value, timer.overrun);
                }
                Goal::Alarm | Goal::Signal { .. } | Goal::Nothing => {}
            }
        }
    }

    /// Nobody can go on before `bound` (in virtual time): the timers that are set for a moment
    /// before go off. Returns whether there were any.
    pub(crate) fn ring_before(&mut self, bound: Option<u64>) -> bool {
        let Some(at) = self.timers.next().filter(|at| bound.is_none_or(|bound| *at <= bound)) else { return false };
        if self.rung >= MOST_IN_VAIN {
            return false;
        }
        self.rung += 1;
        self.clock.pass_to(at);
        self.fire_due();
        true
    }
}

/// Sends a signal as the kernel does for a timer.
fn send_from_timer(process: i32, thread: i32, signal: i32, number: i32, value: u64, overrun: u64) {
    const SI_TIMER: i32 = -2;
    let mut information = [0u8; 128];
    let mut put = |at: usize, bytes: &[u8]| information[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &signal.to_le_bytes());
    put(8, &SI_TIMER.to_le_bytes());
    put(16, &number.to_le_bytes());
    put(20, &i32::try_from(overrun).unwrap_or(i32::MAX).to_le_bytes());
    put(24, &value.to_le_bytes());
    // SAFETY: reads 128 live bytes; the task is ours.
    unsafe {
        if process == thread {
            libc::syscall(libc::SYS_rt_sigqueueinfo, process, signal, information.as_ptr());
        } else {
            libc::syscall(libc::SYS_rt_tgsigqueueinfo, process, thread, signal, information.as_ptr());
        }
    }
}
