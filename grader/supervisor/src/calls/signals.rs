//! Signals between tasks. The kernel delivers them; what is done here is to know whom they
//! concern, to keep our own faults out of the program's sight, and to end waits.

use explorer::{Action, Call, Location, ObjectId, TaskId, Touch};
use nix::sys::ptrace as requests;

use crate::RunError;
use crate::engine::{Engine, digest};
use crate::lives::end_place;
use crate::machine::scratch;
use crate::memory;
use crate::task::{News, Op, ProcessId, SignalAction, Signalled, Site, State, seen_pid};

use super::arrive::Plan;
use super::{Condition, Deed, Sending};

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
        self.process_of_mut(id).signalled = Signalled::Perhaps;
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
        let _ = memory::write(self.task(id).pid, scratch::strings(), &bytes);
        self.kernel(id, Some([args[0], scratch::strings(), old, args[3], 0, 0]))?;
        Ok(Plan::Done)
    }

    pub(super) fn plan_mask(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        let set = args[1];
        self.process_of_mut(id).signalled = Signalled::Perhaps;
        if set == 0 {
            return Ok(Plan::Through);
        }
        let Ok(mask) = self.peek_u64(id, set) else { return Ok(Plan::Through) };
        if mask & FAULTS == 0 {
            return Ok(Plan::Through);
        }
        let _ = memory::write(self.task(id).pid, scratch::strings(), &(mask & !FAULTS).to_le_bytes());
        self.kernel(id, Some([args[0], scratch::strings(), args[2], args[3], 0, 0]))?;
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
            libc::SYS_rt_sigqueueinfo => (self.process_seen_as(first).into_iter().collect(), second, None),
            libc::SYS_rt_tgsigqueueinfo => self.thread_target(second, third),
            _ => match self.process_of_descriptor(id, first) {
                Some(process) => (vec![process], second, None),
                None => return Plan::fail(libc::EBADF),
            },
        };
        let information = match call {
            libc::SYS_rt_sigqueueinfo | libc::SYS_pidfd_send_signal => args[2],
            libc::SYS_rt_tgsigqueueinfo => args[3],
            _ => 0,
        };
        let targets: Vec<ProcessId> = targets.into_iter().filter(|target| !self.processes[target.0].reaped).collect();
        if targets.is_empty() {
            return if self.names_a_stranger(first) {
                Plan::Forbidden { what: "sent a signal to a process that is not its own".into(), errno: libc::ESRCH }
            } else {
                Plan::fail(libc::ESRCH)
            };
        }
        if !(0..=64).contains(&signal) {
            return Plan::fail(libc::EINVAL);
        }
        let mut places: Vec<Location> =
            targets.iter().map(|target| end_place(self.task(self.processes[target.0].leader).history)).collect();
        if signal == 0 {
            // is it still there?
            return Plan::Return(0);
        }
        places.extend(targets.iter().map(|target| self.signal_place(self.processes[target.0].leader)));
        let information = (information != 0).then_some(information);
        let sending = Sending { targets, thread, signal, information };
        Plan::visible(Deed::Kill(sending), places, Condition::Always)
    }

    /// The place that stands for the signals that are on their way to a process.
    pub(crate) fn signal_place(&self, id: TaskId) -> Location {
        let leader = self.task(self.process_of(id).leader);
        Location { object: ObjectId(digest(&("signals", leader.history))), word: 0 }
    }

    /// What a process does with the signals that it catches. Those for faults of its own do not
    /// count, since every Rust program has them, nor does the one by which the C library's
    /// `setuid` and the like reach all threads, which every program with threads has.
    pub(super) fn handlers(&self, id: TaskId) -> impl Iterator<Item = SignalAction> {
        let is_fault = |signal: i32| {
            matches!(signal, libc::SIGSEGV | libc::SIGBUS | libc::SIGFPE | libc::SIGILL | libc::SIGTRAP | libc::SIGSYS)
        };
        // glibc's SIGSETXID
        const SET_USER: i32 = 33;
        let is_own = move |signal: i32| signal != SET_USER && !is_fault(signal);
        let actions = self.process_of(id).actions.iter();
        actions.filter(move |(signal, action)| action.catches() && is_own(**signal)).map(|(_, action)| *action)
    }

    /// Whether a process has handlers: then it matters at which call a signal finds it.
    pub(crate) fn catches_signals(&self, id: TaskId) -> bool {
        self.handlers(id).next().is_some()
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

    pub(super) fn kill(&mut self, id: TaskId, sending: &Sending) -> Result<(), RunError> {
        let Sending { targets, thread, signal, information } = sending;
        let signal = *signal;
        let touched: Vec<Touch> = targets
            .iter()
            .map(|target| self.processes[target.0].leader)
            .flat_map(|leader| [end_place(self.task(leader).history), self.signal_place(leader)])
            .map(Touch::Write)
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
            self.record(id, Action::Call(Call::Signal { target: told, signal }), touched.clone());
            if self.stops(target, signal) {
                self.halt(target, signal);
                continue;
            }
            if signal == libc::SIGCONT {
                self.go_on_again(target);
                let caught = self.processes[target.0].actions.get(&signal).is_some_and(|action| action.catches());
                if !caught {
                    continue;
                }
            }
            self.processes[target.0].signalled = Signalled::Perhaps;
            let pid = self.processes[target.0].pid;
            if signal == libc::SIGKILL {
                // what its end closes, others notice
                self.objects.look_at_held(target, pid);
            }
            let number = |pid: nix::unistd::Pid| i64::from(pid.as_raw()).cast_unsigned();
            let tid = thread.map(|thread| self.task(thread).pid);
            let with = information.map(|address| self.space(id).alias(address).map_or(address, |(_, alias)| alias));
            let bits = u64::from(signal.cast_unsigned());
            let (call, args) = match (tid, with) {
                (Some(tid), Some(with)) => (libc::SYS_rt_tgsigqueueinfo, [number(pid), number(tid), bits, with, 0, 0]),
                (Some(tid), None) => (libc::SYS_tgkill, [number(pid), number(tid), bits, 0, 0, 0]),
                (None, Some(with)) => (libc::SYS_rt_sigqueueinfo, [number(pid), bits, with, 0, 0, 0]),
                (None, None) => (libc::SYS_kill, [number(pid), bits, 0, 0, 0, 0]),
            };
            match self.inject_in_place(id, call, args)? {
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

    /// Whether a signal stops the process that gets it.
    pub(crate) fn stops(&self, target: ProcessId, signal: i32) -> bool {
        match signal {
            libc::SIGSTOP => true,
            libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => self.processes[target.0]
                .actions
                .get(&signal)
                .is_none_or(|action| action.handler == libc::SIG_DFL as u64),
            _ => false,
        }
    }

    /// A process is stopped: here alone, the kernel knows nothing of it.
    pub(crate) fn halt(&mut self, target: ProcessId, signal: i32) {
        let process = &mut self.processes[target.0];
        if !process.stopped {
            process.stopped = true;
            process.news = News::Stopped(signal);
            self.tell_parent(target);
        }
    }

    fn go_on_again(&mut self, target: ProcessId) {
        let process = &mut self.processes[target.0];
        if process.stopped {
            process.stopped = false;
            process.news = News::Continued;
            self.tell_parent(target);
        }
    }

    /// A parent that asked for it gets a signal when a child stops or goes on.
    fn tell_parent(&mut self, child: ProcessId) {
        let Some(parent) = self.processes[child.0].parent else { return };
        let parent = &mut self.processes[parent.0];
        let wants = parent
            .actions
            .get(&libc::SIGCHLD)
            .is_some_and(|action| action.catches() && action.flags & libc::SA_NOCLDSTOP as u64 == 0);
        if wants && parent.ended.is_none() {
            parent.signalled = Signalled::Perhaps;
            // SAFETY: a signal by number, to a process that is ours.
            unsafe { libc::kill(parent.pid.as_raw(), libc::SIGCHLD) };
        }
    }

    /// Waits for the end of a process that was killed.
    pub(super) fn see_off(&mut self, target: ProcessId) -> Result<(), RunError> {
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

    /// The same, or the kernel's, which says so of one that it is told to deliver elsewhere than
    /// where it came.
    pub(crate) fn is_from_us_or_kernel(&self, id: TaskId) -> bool {
        const SI_KERNEL: i32 = 128;
        self.is_from_us(id) || requests::getsiginfo(self.task(id).pid).is_ok_and(|info| info.si_code == SI_KERNEL)
    }

    /// A handler that asks who sent its signal is told the number that the program knows.
    pub(crate) fn translate_sender(&self, id: TaskId) {
        // where a signal's information has the sender's number (sigaction(2)), in half words
        const SENDER: usize = 4;
        let pid = self.task(id).pid;
        let Ok(mut info) = requests::getsiginfo(pid) else { return };
        // what `sigqueue` tells of its sender is the program's own, and a timer has none
        const SI_TIMER: i32 = -2;
        let by_process =
            info.si_code <= 0 && !matches!(info.si_code, libc::SI_QUEUE | SI_TIMER) || info.si_signo == libc::SIGCHLD;
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

    /// Whether a signal does anything to the process of `id`.
    pub(crate) fn is_noticed(&self, id: TaskId, signal: i32) -> bool {
        match self.action(id, signal) {
            Some(action) if action.ignores() => false,
            Some(action) if action.catches() => true,
            Some(_) | None => !matches!(signal, libc::SIGCHLD | libc::SIGURG | libc::SIGWINCH | libc::SIGCONT),
        }
    }

    /// Whether a signal ends the process of `id`.
    pub(crate) fn ends(&self, id: TaskId, signal: i32) -> bool {
        self.is_noticed(id, signal) && !self.action(id, signal).is_some_and(SignalAction::catches)
    }

    /// A signal has come to `id`, which stands at a call: it is delivered before the call, or
    /// ends it, if the task waits there.
    pub(super) fn take_signal(&mut self, id: TaskId, site: Box<Site>, signal: i32) -> Result<(), RunError> {
        let (ready, call, code) = (site.ready, site.call, site.code);
        let place = self.signal_place(id);
        self.task_mut(id).state = State::At(Op::Call(site));
        let now = self.clock.now();
        let in_vain = match ready {
            Condition::Always | Condition::Yield => false,
            Condition::Time(at) => at > now,
            Condition::Signal { .. } => true,
            Condition::Child(..)
            | Condition::Readable { .. }
            | Condition::Writable { .. }
            | Condition::Change { .. }
            | Condition::OtherEnd => !self.can_go_on(id) && ready.deadline().is_none_or(|at| at > now),
        };
        let State::At(Op::Call(site)) = std::mem::replace(&mut self.task_mut(id).state, State::Running) else {
            return Ok(());
        };
        if in_vain {
            self.break_off(id, &site, signal);
        } else {
            let mut registers = self.task(id).registers;
            registers.skip_call(0);
            registers.redo_call(call);
            if registers.set(self.task(id).pid).is_ok() {
                self.task_mut(id).registers = registers;
            }
        }
        let name = if in_vain { "interrupted" } else { "signal" };
        self.record_at(id, code, Action::Call(Call::Other { name }), vec![Touch::Write(place)]);
        self.advance(id)
    }

    /// The call that `id` waits in ends: it is made again after the handler, or fails.
    fn break_off(&mut self, id: TaskId, site: &Site, signal: i32) {
        if let Deed::Sleep { until, .. } = site.deed {
            self.tell_time_left(id, site, until);
        }
        let restarts = match site.call {
            call if never_made_again(call) => false,
            // a socket that waits only so long
            libc::SYS_recvfrom | libc::SYS_recvmsg | libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_accept => {
                site.ready.deadline().is_none()
            }
            _ => true,
        };
        self.fail_or_again(id, site.call, restarts, signal);
    }

    /// A sleep that ends early tells how much of it is left.
    pub(super) fn tell_time_left(&mut self, id: TaskId, site: &Site, until: u64) {
        let left = if site.call == libc::SYS_nanosleep { site.args[1] } else { site.args[3] };
        let absolute = site.call == libc::SYS_clock_nanosleep && site.args[1] & 1 != 0;
        if left != 0 && !absolute {
            self.put_time(id, left, until.saturating_sub(self.clock.now()), 1);
        }
    }

    fn fail_or_again(&mut self, id: TaskId, call: i64, can_be_made_again: bool, signal: i32) {
        let action = self.action(id, signal);
        let restarts = can_be_made_again && action.is_none_or(|action| !action.catches() || action.restarts());
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.skip_call(-i64::from(libc::EINTR));
        if restarts {
            registers.redo_call(call);
        }
        if registers.set(pid).is_ok() {
            self.task_mut(id).registers = registers;
        }
    }

    /// A sleeper on a futex is woken by a signal.
    pub(crate) fn wake_for_signal(&mut self, id: TaskId, signal: i32) -> Result<(), RunError> {
        let timed = matches!(self.task(id).state, State::Asleep { until: Some(_), .. });
        self.futexes.forget(id);
        self.fail_or_again(id, libc::SYS_futex, !timed, signal);
        self.task_mut(id).state = State::At(Op::Continue);
        Ok(())
    }

    pub(super) fn plan_pause(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        let place = self.signal_place(id);
        if call != libc::SYS_rt_sigtimedwait {
            // a signal that comes before the wait is no end of the wait
            return Plan::visible(Deed::Enter, vec![place], Condition::Always);
        }
        let deadline = if args[2] == 0 {
            None
        } else {
            let Some(asked) = self.time_at(id, args[2]) else { return Plan::fail(libc::EFAULT) };
            Some(self.clock.now().saturating_add(asked))
        };
        self.process_of_mut(id).signalled = Signalled::Perhaps;
        Plan::visible(Deed::AwaitSignal, vec![place], Condition::Signal { deadline })
    }

    /// From here on the task waits.
    pub(super) fn enter(&mut self, id: TaskId, mut site: Box<Site>) -> Result<(), RunError> {
        let touched = site.places.iter().copied().map(Touch::Read).collect();
        self.record_at(id, site.code, Action::Call(Call::Other { name: super::name(site.call) }), touched);
        self.process_of_mut(id).signalled = Signalled::Perhaps;
        site.deed = Deed::AwaitSignal;
        site.ready = Condition::Signal { deadline: None };
        self.task_mut(id).state = State::At(Op::Call(site));
        Ok(())
    }

    pub(super) fn await_signal(&mut self, id: TaskId, site: Box<Site>) -> Result<(), RunError> {
        let place = self.signal_place(id);
        self.task_mut(id).state = State::At(Op::Call(site));
        let coming = self.coming(id);
        let State::At(Op::Call(site)) = std::mem::replace(&mut self.task_mut(id).state, State::Running) else {
            return Ok(());
        };
        let timed_out = site.ready.deadline().is_some_and(|at| at <= self.clock.now());
        let touched = vec![Touch::Write(place)];
        let name = super::name(site.call);
        if site.call == libc::SYS_rt_sigtimedwait {
            let mut args = self.alias_arguments(id, &[]).unwrap_or(site.args);
            args[2] = self.zero_time(id);
            let Some(result) = self.kernel(id, Some(args))? else { return Ok(()) };
            if result == -i64::from(libc::EAGAIN) {
                match coming {
                    Some(_) => self.set_result(id, -i64::from(libc::EINTR))?,
                    None if timed_out => {}
                    None => return self.try_again_later(id, site),
                }
            } else if result > 0 && site.args[1] != 0 {
                self.translate_information(id, site.args[1]);
            }
            self.record_at(id, site.code, Action::Call(Call::Other { name }), touched);
            return self.advance(id);
        }
        if coming.is_none() {
            self.task_mut(id).state = State::At(Op::Call(site));
            return Ok(());
        }
        // the kernel returns at once: the signal is there
        self.record_at(id, site.code, Action::Call(Call::Other { name }), touched);
        if let Some(args) = self.alias_arguments(id, &[]) {
            self.kernel(id, Some(args))?;
        }
        self.advance(id)
    }

    /// The sender in a signal's information, as the program knows it.
    fn translate_information(&self, id: TaskId, address: u64) {
        const CODE: u64 = 8;
        const SENDER: u64 = 16;
        let (Ok(code), Ok(sender)) = (self.peek_u32(id, address + CODE), self.peek_u32(id, address + SENDER)) else {
            return;
        };
        if matches!(code.cast_signed(), libc::SI_QUEUE | -2) {
            return;
        }
        if let Some(process) = self.processes.iter().find(|process| process.pid.as_raw() == sender.cast_signed()) {
            let _ = self.poke(id, address + SENDER, &seen_pid(process.leader).to_le_bytes());
        }
    }

    /// The same in what was read from a descriptor of signals.
    pub(super) fn translate_read_signals(&self, id: TaskId, address: u64, len: u64) {
        // signalfd(2)
        const LEN: u64 = 128;
        const CODE: u64 = 8;
        const SENDER: u64 = 12;
        for at in (0..len / LEN).map(|index| address + index * LEN) {
            let (Ok(code), Ok(sender)) = (self.peek_u32(id, at + CODE), self.peek_u32(id, at + SENDER)) else { return };
            if matches!(code.cast_signed(), libc::SI_QUEUE | -2) {
                continue;
            }
            if let Some(process) = self.processes.iter().find(|process| process.pid.as_raw() == sender.cast_signed()) {
                let _ = self.poke(id, at + SENDER, &seen_pid(process.leader).to_le_bytes());
            }
        }
    }
}

/// Whether a call that a signal interrupts fails whatever the handler asked for: signal(7).
pub(super) fn never_made_again(call: i64) -> bool {
    matches!(
        call,
        libc::SYS_poll
            | libc::SYS_ppoll
            | libc::SYS_select
            | libc::SYS_pselect6
            | libc::SYS_epoll_wait
            | libc::SYS_epoll_pwait
            | libc::SYS_epoll_pwait2
            | libc::SYS_semop
            | libc::SYS_semtimedop
            | libc::SYS_msgrcv
            | libc::SYS_msgsnd
            | libc::SYS_nanosleep
            | libc::SYS_clock_nanosleep
            | libc::SYS_pause
            | libc::SYS_rt_sigsuspend
            | libc::SYS_rt_sigtimedwait
    )
}
