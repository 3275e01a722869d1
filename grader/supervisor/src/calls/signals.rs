//! Signals between tasks. The kernel delivers them; what is done here is to know whom they
//! concern, to keep our own faults out of the program's sight, and to end waits.

use explorer::{Action, Call, TaskId, Touch};
use nix::sys::ptrace as requests;

use crate::RunError;
use crate::engine::Engine;
use crate::lives::end_place;
use crate::machine::STRINGS;
use crate::memory;
use crate::task::{Alarm, Op, ProcessId, SignalAction, Site, State, seen_pid};

use super::arrive::Plan;
use super::{Condition, Deed};

/// `SIGSEGV`'s bit in a set of signals.
const FAULTS: u64 = 1 << (libc::SIGSEGV - 1);

impl Engine<'_> {
    /// What the process of `id` said it does with a signal.
    pub(crate) fn action(&self, id: TaskId, signal: i32) -> Option<SignalAction> {
        self.process_of(id).actions.get(&signal).copied()
    }

    pub(super) fn plan_sigaction(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a signal's number")]
        let signal = args[0] as i32;
        let [_, new, old, ..] = args;
        let before = self.action(id, signal);
        if new == 0 {
            if signal == libc::SIGSEGV && old != 0 && before.is_some_and(SignalAction::ignores) {
                let mut bytes = [0u8; 32];
                bytes[0] = 1;
                let _ = self.poke(id, old, &bytes);
                return Ok(Plan::Return(0));
            }
            return Ok(Plan::Through);
        }
        let (Ok(handler), Ok(flags), Ok(mask)) =
            (self.peek_u64(id, new), self.peek_u64(id, new + 8), self.peek_u64(id, new + 24))
        else {
            return Ok(Plan::Through);
        };
        let action = SignalAction { handler, flags };
        if (1..=64).contains(&signal) && signal != libc::SIGKILL && signal != libc::SIGSTOP {
            self.process_of_mut(id).actions.insert(signal, action);
        }
        // The kernel resets what a process does with SIGSEGV when a fault (ours, too) meets it
        // ignored or blocked. So the kernel is never told of either.
        if signal == libc::SIGSEGV && action.ignores() {
            return Ok(Plan::Return(0));
        }
        let mut changed = None;
        if signal == libc::SIGSEGV && action.catches() {
            changed = Some((flags | libc::SA_NODEFER as u64, mask & !FAULTS));
        } else if mask & FAULTS != 0 {
            changed = Some((flags, mask & !FAULTS));
        }
        let Some((flags, mask)) = changed else { return Ok(Plan::Through) };
        let mut bytes = [0u8; 32];
        if self.peek(id, new, &mut bytes).is_err() {
            return Ok(Plan::Through);
        }
        bytes[8..16].copy_from_slice(&flags.to_le_bytes());
        bytes[24..32].copy_from_slice(&mask.to_le_bytes());
        let _ = memory::write(self.task(id).pid, STRINGS, &bytes);
        self.kernel(id, Some([args[0], STRINGS, old, args[3], 0, 0]))?;
        Ok(Plan::Done)
    }

    pub(super) fn plan_mask(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        let set = args[1];
        self.process_of_mut(id).signalled = true;
        if set == 0 {
            return Ok(Plan::Through);
        }
        let Ok(mask) = self.peek_u64(id, set) else { return Ok(Plan::Through) };
        if mask & FAULTS == 0 {
            return Ok(Plan::Through);
        }
        let _ = memory::write(self.task(id).pid, STRINGS, &(mask & !FAULTS).to_le_bytes());
        self.kernel(id, Some([args[0], STRINGS, args[2], args[3], 0, 0]))?;
        Ok(Plan::Done)
    }

    pub(super) fn plan_kill(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (first, second, third) = (args[0] as i32, args[1] as i32, args[2] as i32);
        let own_group = self.process_of(id).group;
        let by_group = |engine: &Self, group: i32| {
            engine
                .processes
                .iter()
                .filter(|process| process.group == group && process.ended.is_none())
                .map(|process| process.id)
                .collect::<Vec<_>>()
        };
        let (targets, signal, thread) = match call {
            libc::SYS_kill if first > 0 => (self.process_seen_as(first).into_iter().collect(), second, None),
            libc::SYS_kill if first == 0 => (by_group(self, own_group), second, None),
            libc::SYS_kill if first == -1 => {
                let own = self.task(id).process;
                let all = self
                    .processes
                    .iter()
                    .filter(|process| process.ended.is_none() && process.id != own)
                    .map(|process| process.id)
                    .collect();
                (all, second, None)
            }
            libc::SYS_kill => (by_group(self, -first), second, None),
            libc::SYS_tkill => self.thread_target(first, second),
            libc::SYS_tgkill => self.thread_target(second, third),
            _ => return Plan::Unmodelled,
        };
        let targets: Vec<ProcessId> = targets.into_iter().filter(|target| !self.processes[target.0].reaped).collect();
        if targets.is_empty() {
            return if self.names_a_stranger(first) {
                Plan::Forbidden { what: "sent a signal to a process that is not its own".into(), errno: libc::ESRCH }
            } else {
                Plan::fail(libc::ESRCH)
            };
        }
        if signal == 0 {
            return Plan::Return(0);
        }
        let places =
            targets.iter().map(|target| end_place(self.task(self.processes[target.0].leader).history)).collect();
        Plan::visible(Deed::Kill { targets, signal, thread }, places, Condition::Always)
    }

    /// Numbers of tasks that never were: somebody else's, unless the program made them up.
    fn names_a_stranger(&self, number: i32) -> bool {
        number > 0 && self.task_seen_as(number).is_none()
    }

    fn thread_target(&self, number: i32, signal: i32) -> (Vec<ProcessId>, i32, Option<TaskId>) {
        match self.task_seen_as(number) {
            Some(task) => (vec![self.task(task).process], signal, Some(task)),
            None => (Vec::new(), signal, None),
        }
    }

    pub(super) fn kill(
        &mut self,
        id: TaskId,
        targets: &[ProcessId],
        signal: i32,
        thread: Option<TaskId>,
    ) -> Result<(), RunError> {
        let site_places: Vec<_> = targets
            .iter()
            .map(|target| Touch::Write(end_place(self.task(self.processes[target.0].leader).history)))
            .collect();
        let own = self.task(id).process;
        let mut result = 0;
        let mut own_last: Vec<ProcessId> = targets.iter().copied().filter(|target| *target != own).collect();
        own_last.extend(targets.iter().copied().filter(|target| *target == own));
        for target in own_last {
            if self.processes[target.0].ended.is_some() {
                continue;
            }
            let leader = self.processes[target.0].leader;
            let told = thread.unwrap_or(leader);
            self.record(id, Action::Call(Call::Signal { target: told, signal }), site_places.clone());
            self.processes[target.0].signalled = true;
            if signal == libc::SIGCONT {
                self.processes[target.0].stopped = false;
            }
            let pid = self.processes[target.0].pid;
            let real = [i64::from(pid.as_raw()).cast_unsigned(), signal.cast_unsigned().into(), 0, 0, 0, 0];
            let done = match thread {
                Some(thread) => {
                    let tid = self.task(thread).pid;
                    let args = [real[0], i64::from(tid.as_raw()).cast_unsigned(), real[1], 0, 0, 0];
                    self.inject_in_place(id, libc::SYS_tgkill, args)?
                }
                None => self.inject_in_place(id, libc::SYS_kill, real)?,
            };
            match done {
                Some(value) => result = value,
                // it ended itself
                None => return Ok(()),
            }
            if signal == libc::SIGKILL && target != own {
                self.see_off(target)?;
            }
        }
        self.give(id, result)?;
        self.advance(id)
    }

    /// Waits for the end of a process that was killed.
    fn see_off(&mut self, target: ProcessId) -> Result<(), RunError> {
        use crate::ptrace::{Hang, Waited, wait};
        while self.processes[target.0].ended.is_none() {
            match wait(None, Hang::Yes).map_err(crate::error::system("waiting for a task"))? {
                Waited::Stopped(pid, stop) => self.note(pid, stop)?,
                Waited::Interrupted => {}
                Waited::Nobody => break,
            }
        }
        Ok(())
    }

    /// Whether the signal stop that `id` is in is the watch's doing.
    pub(crate) fn is_from_us(&self, id: TaskId) -> bool {
        let Ok(info) = requests::getsiginfo(self.task(id).pid) else { return false };
        // SAFETY: a signal sent by tgkill says by whom.
        let sender = unsafe { info.si_pid() };
        info.si_code == libc::SI_TKILL && sender == std::process::id().cast_signed()
    }

    /// A handler that asks who sent its signal is told the number that the program knows.
    pub(crate) fn translate_sender(&self, id: TaskId) {
        // where a signal's information has the sender's number (sigaction(2)), in half words
        const SENDER: usize = 4;
        let pid = self.task(id).pid;
        let Ok(mut info) = requests::getsiginfo(pid) else { return };
        let by_process = info.si_code <= 0 || info.si_signo == libc::SIGCHLD;
        if !by_process {
            return;
        }
        // SAFETY: such a signal says by whom.
        let sender = unsafe { info.si_pid() };
        let Some(process) = self.processes.iter().find(|process| process.pid.as_raw() == sender) else { return };
        // SAFETY: the structure is 128 bytes of plain numbers; the fourth half word is the
        // sender's number for these signals.
        unsafe { (&raw mut info).cast::<i32>().add(SENDER).write(seen_pid(process.leader)) };
        let _ = requests::setsiginfo(pid, &info);
    }

    /// Whether a signal is there that would end a wait of `id`: one that its process catches
    /// or that ends it.
    pub(crate) fn interrupts(&mut self, id: TaskId) -> bool {
        if !self.process_of(id).signalled {
            return false;
        }
        let pid = self.task(id).pid;
        let Ok(status) = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.status()) else {
            return false;
        };
        let mut blocked = status.sigblk;
        if let State::At(Op::Call(site)) = &self.task(id).state {
            match site.call {
                libc::SYS_rt_sigsuspend => blocked = self.peek_u64(id, site.args[0]).unwrap_or(blocked),
                libc::SYS_rt_sigtimedwait => blocked &= !self.peek_u64(id, site.args[0]).unwrap_or(0),
                _ => {}
            }
        }
        let there = (status.sigpnd | status.shdpnd) & !blocked;
        if there == 0 {
            if status.sigpnd | status.shdpnd == 0 {
                self.process_of_mut(id).signalled = false;
            }
            return false;
        }
        let waits_for = match &self.task(id).state {
            State::At(Op::Call(site)) if site.call == libc::SYS_rt_sigtimedwait => {
                self.peek_u64(id, site.args[0]).unwrap_or(0)
            }
            _ => 0,
        };
        (1..=64).any(|signal: i32| {
            let bit = 1u64 << (signal - 1);
            if there & bit == 0 {
                return false;
            }
            if waits_for & bit != 0 {
                return true;
            }
            match self.action(id, signal) {
                Some(action) if action.ignores() => false,
                Some(action) if action.catches() => true,
                Some(_) | None => !matches!(signal, libc::SIGCHLD | libc::SIGURG | libc::SIGWINCH | libc::SIGCONT),
            }
        })
    }

    /// Whether a call that the scheduler lets go on is still to be made: not if it waits in
    /// vain and a signal is to end the wait.
    pub(super) fn still_meant(&mut self, id: TaskId, site: &Site) -> bool {
        if matches!(site.ready, Condition::Always | Condition::Yield | Condition::Time(_) | Condition::Signal) {
            return true;
        }
        if site.ready.deadline().is_some_and(|at| at <= self.clock.now()) {
            return true;
        }
        // judged by what it stands at
        self.task_mut(id).state = State::At(Op::Call(Box::new(Site {
            call: site.call,
            args: site.args,
            code: site.code,
            deed: site.deed.clone(),
            places: Vec::new(),
            ready: site.ready,
            tried: site.tried,
            done: site.done,
        })));
        let can = self.can_go_on(id) || !self.interrupts(id);
        self.task_mut(id).state = State::Running;
        can
    }

    /// A signal ends the wait: the call is made again after the handler, or returns `EINTR`.
    pub(super) fn interrupt_call(&mut self, id: TaskId, site: &Site) -> Result<(), RunError> {
        self.break_off(id, site.call)?;
        self.record(id, Action::Call(Call::Other { name: "interrupted" }), vec![]);
        self.advance(id)
    }

    fn break_off(&mut self, id: TaskId, call: i64) -> Result<(), RunError> {
        let never_restarts = matches!(
            call,
            libc::SYS_poll
                | libc::SYS_ppoll
                | libc::SYS_select
                | libc::SYS_pselect6
                | libc::SYS_epoll_wait
                | libc::SYS_epoll_pwait
                | libc::SYS_semop
                | libc::SYS_semtimedop
                | libc::SYS_msgrcv
                | libc::SYS_msgsnd
        );
        let restarts = !never_restarts
            && self.process_of(id).actions.values().filter(|action| action.catches()).all(|action| action.restarts());
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.skip_call(-i64::from(libc::EINTR));
        if restarts {
            registers.redo_call(call);
        }
        if registers.set(pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
        Ok(())
    }

    /// A sleeper on a futex is woken by a signal.
    pub(crate) fn wake_for_signal(&mut self, id: TaskId) -> Result<(), RunError> {
        self.futexes.forget(id);
        self.break_off(id, libc::SYS_futex)?;
        self.task_mut(id).state = State::At(Op::Continue);
        Ok(())
    }

    pub(super) fn await_signal(&mut self, id: TaskId) -> Result<(), RunError> {
        // the kernel returns at once: the signal is there
        let args = self.alias_arguments(id, &[]);
        self.record(id, Action::Call(Call::Other { name: "signal" }), vec![]);
        if let Some(args) = args {
            self.kernel(id, Some(args))?;
        }
        self.advance(id)
    }

    /// Nobody can go on: the alarm that is set for the earliest moment goes off. Returns
    /// whether there is one.
    pub(crate) fn ring_next_alarm(&mut self) -> Result<bool, RunError> {
        let next = self
            .processes
            .iter()
            .filter(|process| process.ended.is_none())
            .filter_map(|process| process.alarm.map(|alarm| (alarm.at, process.id, alarm.every)))
            .min_by_key(|(at, process, _)| (*at, *process));
        let Some((at, process, every)) = next else { return Ok(false) };
        self.clock.pass_to(at);
        let list = &mut self.processes[process.0];
        list.alarm = (every != 0).then_some(Alarm { at: at + every, every });
        list.signalled = true;
        let pid = list.pid;
        // SAFETY: a signal by number, to a process that is ours.
        unsafe { libc::kill(pid.as_raw(), libc::SIGALRM) };
        // whoever cannot be interrupted by it would make this go on for ever
        let leader = self.processes[process.0].leader;
        Ok(self.interrupts(leader) || every == 0)
    }
}
