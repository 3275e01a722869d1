//! Doing what a call asks for, when the scheduler lets it go on.

use explorer::{Action, Call, Stream, TaskId, Touch};

use crate::RunError;
use crate::engine::Engine;
use crate::error::system;
use crate::objects::{Kind, Side, Thing};
use crate::private::Manner;
use crate::task::{Op, Signalled, Site, State};

use super::{Condition, Deed, Tale};

impl Engine<'_> {
    /// Does the call that `id` stands at, and lets it go on.
    pub(crate) fn call(&mut self, id: TaskId, mut site: Box<Site>) -> Result<(), RunError> {
        if !matches!(site.deed, Deed::AwaitSignal) {
            self.task_mut(id).state = State::At(Op::Call(site));
            let coming = self.coming(id);
            let State::At(Op::Call(back)) = std::mem::replace(&mut self.task_mut(id).state, State::Running) else {
                return Ok(());
            };
            site = back;
            if let Some(signal) = coming {
                return self.take_signal(id, site, signal);
            }
        }
        let places = site.places.clone();
        match site.deed.clone() {
            Deed::Make { flags } => return self.make_task(id, site.call, flags),
            Deed::Execute => return self.execute(id, &site),
            Deed::End => return self.end(id),
            Deed::Wait(..) => return self.wait_for_child(id, site),
            Deed::FutexWait { address, private, expected, bits, until } => {
                return self.futex_wait(id, address, private, expected, bits, until);
            }
            Deed::FutexWake { address, private, count, bits } => self.futex_wake(id, address, private, count, bits)?,
            Deed::FutexRequeue { address, private, wake, to, moved, expected } => {
                self.futex_requeue(id, address, private, wake, to, moved, expected)?;
            }
            Deed::FutexWakeOp { address, private, wake, second, wake_second, operation } => {
                self.futex_wake_op(id, address, private, wake, second, wake_second, operation)?;
            }
            Deed::FutexLock { address, private, waits, until } => {
                return self.futex_lock(id, address, private, waits, until);
            }
            Deed::FutexUnlock { address, private } => self.futex_unlock(id, address, private)?,
            Deed::Sleep { until, asked } => {
                self.clock.pass_to(until);
                self.record_call(id, Call::Sleep { nanoseconds: asked }, &[]);
                self.give(id, 0)?;
            }
            Deed::Yield => {
                self.record_call(id, Call::Yield, &[]);
                self.give(id, 0)?;
            }
            Deed::Print { stream } => self.print(id, &site, stream)?,
            Deed::Contents { thing, way } => return self.contents(id, &site, thing, way),
            Deed::Enter => return self.enter(id, site),
            Deed::Kill(sending) => return self.kill(id, &sending),
            Deed::AwaitSignal => return self.await_signal(id, site),
            Deed::Lock { thing, takes, waits } => return self.lock(id, site, thing, takes, waits),
            Deed::Try(tale) => return self.attempt(id, site, &tale, &places),
        }
        self.advance(id)
    }

    /// Tries a call that may not be able to do anything yet.
    fn attempt(
        &mut self,
        id: TaskId,
        mut site: Box<Site>,
        tale: &Tale,
        places: &[explorer::Location],
    ) -> Result<(), RunError> {
        let timed_out = site.ready.deadline().is_some_and(|at| at <= self.clock.now());
        let names = self.look_at_names(id, &site);
        let args = self.arguments_for(id, &site, tale)?;
        let Some(result) = self.kernel(id, args)? else { return Ok(()) };
        let nothing = match tale {
            Tale::Polls { timeout } => result == 0 && timeout.is_some() && !timed_out,
            Tale::Sends(_)
            | Tale::Receives(_)
            | Tale::Plain(_)
            | Tale::Looks(_)
            | Tale::Names(_)
            | Tale::Moves { .. } => {
                (result == -i64::from(libc::EAGAIN)
                    || result == -i64::from(libc::ENOMSG) && site.call == libc::SYS_msgrcv
                    || result == -i64::from(libc::ENXIO) && site.ready == Condition::OtherEnd)
                    && self.waits(id, &site)
                    && !timed_out
            }
        };
        if nothing {
            if let Condition::Always = site.ready {
                site.ready = Condition::Change { deadline: None };
            }
            return self.try_again_later(id, site);
        }
        if result == -i64::from(libc::EAGAIN) || matches!(tale, Tale::Polls { .. }) && result == 0 {
            // it will come back and ask again
            self.task_mut(id).yielding = true;
        }
        let times_out = matches!(site.call, libc::SYS_mq_timedreceive | libc::SYS_mq_timedsend);
        if timed_out && times_out && result == -i64::from(libc::EAGAIN) {
            self.set_result(id, -i64::from(libc::ETIMEDOUT))?;
        }
        self.tell(id, &site, tale, result, places)?;
        self.tell_names(id, &site, result, names)?;
        self.settle_message(id, &site, result);
        if let Tale::Sends(thing) | Tale::Receives(thing) = tale
            && self.goes_on_with_the_rest(id, &mut site, thing, result)?
        {
            self.task_mut(id).state = State::At(Op::Call(site));
            return Ok(());
        }
        self.after_attempt(id, &site, result)?;
        if let Some(reader) = self.after_fifo(id, &site, result) {
            self.task_mut(id).state = State::At(Op::Opened(reader));
            return Ok(());
        }
        self.advance(id)
    }

    /// The task goes back to before the call, to be tried when something has changed.
    pub(super) fn try_again_later(&mut self, id: TaskId, mut site: Box<Site>) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.redo_call(site.call);
        registers.set(pid).map_err(system("setting registers"))?;
        self.task_mut(id).registers = registers;
        // take it back into the call's entry, where it can be let in or made to skip it
        if !self.back_to_entry(id)? {
            return Ok(());
        }
        site.tried = Some(self.version);
        self.task_mut(id).state = State::At(Op::Call(site));
        Ok(())
    }

    /// Runs the one instruction that enters the call. Returns whether the task is there.
    fn back_to_entry(&mut self, id: TaskId) -> Result<bool, RunError> {
        let pid = self.task(id).pid;
        loop {
            if crate::ptrace::resume(pid, crate::ptrace::Until::Stop, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(false);
            }
            match self.wait_for(id)? {
                None => return Ok(false),
                Some(crate::ptrace::Stop::Call) => {
                    if let Ok(registers) = crate::machine::Registers::of(pid) {
                        self.task_mut(id).registers = registers;
                    }
                    return Ok(true);
                }
                Some(crate::ptrace::Stop::Signal(signal)) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    // a handler may run first; afterwards the call is made again
                    self.task_mut(id).deliver = signal;
                    self.task_mut(id).state = State::At(Op::Continue);
                    return Ok(false);
                }
                Some(_) => {}
            }
        }
    }

    /// The rest of a call that could only be done in part, and that waits until all is done.
    /// Returns whether there is one.
    fn goes_on_with_the_rest(
        &mut self,
        id: TaskId,
        site: &mut Site,
        thing: &Thing,
        result: i64,
    ) -> Result<bool, RunError> {
        let stream = matches!(thing.kind, Kind::Pipe | Kind::Socket);
        let all = match site.call {
            libc::SYS_write | libc::SYS_sendto if stream => site.args[2],
            libc::SYS_writev if stream => self.vector_len(id, site.args[1], site.args[2]),
            libc::SYS_recvfrom if stream && site.args[3] & libc::MSG_WAITALL as u64 != 0 => site.args[2],
            libc::SYS_sendmmsg => site.args[2],
            libc::SYS_recvmmsg if site.args[3] & libc::MSG_WAITFORONE as u64 == 0 => site.args[2],
            _ => return Ok(false),
        };
        let Ok(done) = u64::try_from(result) else {
            if site.done > 0 && result != -i64::from(libc::EPIPE) {
                self.set_result(id, site.done.cast_signed())?;
            }
            return Ok(false);
        };
        site.done += done;
        if done == 0 || site.done >= all || !self.waits(id, site) {
            if site.done > done {
                self.set_result(id, site.done.cast_signed())?;
            }
            return Ok(false);
        }
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.redo_call(site.call);
        registers.set(pid).map_err(system("setting registers"))?;
        self.task_mut(id).registers = registers;
        if !self.back_to_entry(id)? {
            return Ok(matches!(self.task(id).state, State::At(_)));
        }
        site.tried = None;
        Ok(true)
    }

    pub(super) fn set_result(&mut self, id: TaskId, result: i64) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        registers.set_result(result);
        registers.set(pid).map_err(system("setting registers"))?;
        self.task_mut(id).registers = registers;
        Ok(())
    }

    /// Records what an attempted call did.
    fn tell(
        &mut self,
        id: TaskId,
        site: &Site,
        tale: &Tale,
        result: i64,
        places: &[explorer::Location],
    ) -> Result<(), RunError> {
        if result >= 0 {
            self.told_address(id, site);
        }
        let call = match (tale, u64::try_from(result)) {
            (Tale::Sends(thing), Ok(bytes)) => {
                let whole = matches!(site.call, libc::SYS_mq_timedsend | libc::SYS_msgsnd);
                let bytes = if whole { site.args[2] } else { bytes };
                self.objects.sent(thing.inode, id, bytes);
                if site.call == libc::SYS_mq_timedsend {
                    // whoever asked to be told of messages is told by the kernel
                    self.processes.iter_mut().for_each(|process| process.signalled = Signalled::Perhaps);
                }
                if thing.kind == Kind::File {
                    self.grow_files(bytes);
                }
                Call::Send { object: thing.object, bytes }
            }
            (Tale::Receives(thing), Ok(bytes)) if thing.kind == Kind::Input => {
                let _ = thing;
                Call::Input { bytes }
            }
            (Tale::Receives(thing), Ok(bytes)) => {
                if thing.kind == Kind::Signals {
                    self.translate_read_signals(id, site.args[1], bytes);
                }
                let from = self.objects.received(thing.inode, bytes);
                Call::Receive { object: thing.object, bytes, from }
            }
            (Tale::Polls { .. }, _) => Call::Other { name: "poll" },
            (Tale::Moves { from, to, takes }, Ok(bytes)) => {
                if *takes {
                    for (task, part) in self.objects.received(from.inode, bytes) {
                        self.objects.sent(to.inode, task, part);
                    }
                } else {
                    self.objects.sent(to.inode, id, bytes);
                }
                Call::Send { object: to.object, bytes }
            }
            (Tale::Plain(name) | Tale::Looks(name), _) => Call::Other { name },
            (Tale::Names(_) | Tale::Moves { .. }, _) => Call::Other { name: super::name(site.call) },
            (Tale::Sends(_), Err(_)) => Call::Other { name: "write" },
            (Tale::Receives(_), Err(_)) => Call::Other { name: "read" },
        };
        let looks = match tale {
            Tale::Polls { .. } => {
                !matches!(site.call, libc::SYS_epoll_wait | libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2)
            }
            Tale::Looks(_) => true,
            // its own touches are told with what became of the names
            Tale::Names(_) => return Ok(()),
            Tale::Sends(_) | Tale::Receives(_) | Tale::Plain(_) | Tale::Moves { .. } => {
                // what fails changes nothing
                result < 0
            }
        };
        let touch = |place| if looks { Touch::Read(place) } else { Touch::Write(place) };
        let mut touched: Vec<Touch> = places.iter().copied().map(touch).collect();
        touched.extend(self.buffers_touched(id, site, result));
        let code = site.code;
        self.record_at(id, code, Action::Call(call), touched);
        // opening and closing can go on for ever
        if matches!(tale, Tale::Plain(name) if *name != "close") && result >= 0 {
            self.progress.memory_changed();
        }
        Ok(())
    }

    /// Files became larger by so much, or may have.
    pub(super) fn grow_files(&mut self, bytes: u64) {
        self.filed = self.filed.saturating_add(bytes);
        if self.filed > self.limits.files {
            self.forbid(format!("wrote more than {} MiB into files", self.limits.files >> 20));
            self.limit = Some(explorer::Limit::Files(self.limits.files));
        }
    }

    /// Shared memory that the kernel read or wrote for the call.
    pub(super) fn buffers_touched(&mut self, id: TaskId, site: &Site, result: i64) -> Vec<Touch> {
        const MOST: u64 = 4096;
        let reads_memory = matches!(
            site.deed,
            Deed::Try(Tale::Sends(_)) | Deed::Print { .. } | Deed::Contents { way: super::Way::In, .. }
        );
        let len = u64::try_from(result).unwrap_or(0);
        if len == 0
            || !matches!(
                site.call,
                libc::SYS_read
                    | libc::SYS_write
                    | libc::SYS_recvfrom
                    | libc::SYS_sendto
                    | libc::SYS_pread64
                    | libc::SYS_pwrite64
            )
        {
            return Vec::new();
        }
        let Some(mapping) = self.space(id).at(site.args[1]) else {
            let manner = if reads_memory { Manner::Reads } else { Manner::Writes };
            let touch = if reads_memory { Touch::Read } else { Touch::Write };
            return self.kernel_met(id, site.args[1], len.min(MOST * 8), manner).into_iter().map(touch).collect();
        };
        let first = mapping.location(site.args[1]);
        let last = mapping.byte(site.args[1] + len - 1) / 8;
        (first.word..=last.min(first.word + MOST))
            .map(|word| {
                let location = explorer::Location { object: first.object, word };
                if reads_memory { Touch::Read(location) } else { Touch::Write(location) }
            })
            .collect()
    }

    /// Takes what is printed at the call: nothing has to be drained, and nobody blocks.
    fn print(&mut self, id: TaskId, site: &Site, stream: Stream) -> Result<(), RunError> {
        let Some(bytes) = self.printed_bytes(id, site) else {
            return self.give(id, -i64::from(libc::EFAULT));
        };
        let count = bytes.len() as u64;
        self.printed += count;
        if self.printed > self.limits.output {
            self.limit = Some(explorer::Limit::Output(self.limits.output));
        }
        let places = if stream == Stream::Out { site.places.clone() } else { Vec::new() };
        self.record_call(id, Call::Print { stream, bytes }, &places);
        self.give(id, count.cast_signed())
    }

    /// Whether the program itself would wait here.
    pub(super) fn waits(&self, id: TaskId, site: &Site) -> bool {
        const DONTWAIT: u64 = libc::MSG_DONTWAIT as u64;
        let flags = match site.call {
            libc::SYS_recvfrom | libc::SYS_sendto | libc::SYS_recvmmsg | libc::SYS_sendmmsg => site.args[3],
            libc::SYS_recvmsg | libc::SYS_sendmsg => site.args[2],
            libc::SYS_splice => return site.args[5] & u64::from(libc::SPLICE_F_NONBLOCK) == 0,
            libc::SYS_tee => return site.args[3] & u64::from(libc::SPLICE_F_NONBLOCK) == 0,
            libc::SYS_semop | libc::SYS_semtimedop => return self.semop_waits(id, site),
            libc::SYS_msgsnd | libc::SYS_msgrcv => {
                let flags = if site.call == libc::SYS_msgsnd { site.args[3] } else { site.args[4] };
                return flags & libc::IPC_NOWAIT as u64 == 0;
            }
            libc::SYS_open | libc::SYS_openat => return site.ready == Condition::OtherEnd,
            _ => 0,
        };
        if flags & DONTWAIT != 0 {
            return false;
        }
        if matches!(site.call, libc::SYS_accept | libc::SYS_accept4 | libc::SYS_connect) {
            #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
            let inode = self.objects.inode_of(self.task(id).pid, site.args[0] as i32);
            return !inode.is_some_and(|inode| self.objects.is_nonblocking(inode, Side::Both));
        }
        let (Deed::Try(Tale::Sends(thing)) | Deed::Try(Tale::Receives(thing))) = &site.deed else { return true };
        let side = match (thing.kind, &site.deed) {
            (Kind::Pipe, Deed::Try(Tale::Sends(_))) => Side::Writing,
            (Kind::Pipe, _) => Side::Reading,
            _ => Side::Both,
        };
        !self.objects.is_nonblocking(thing.inode, side)
    }
}
