//! What can fail for no fault of the program's, and making it fail: a read that gives less, an
//! interrupted call, a process killed from outside, no room for another process. Offers only
//! what Linux can really do; whether it happens is the scheduler's choice.

use explorer::{Action, Call, Fault, Faults, TaskId, TaskKind, Touch};

use crate::RunError;
use crate::buffers::Destination;
use crate::engine::Engine;
use crate::forks::nobody_starts;
use crate::objects::Kind;
use crate::task::{Op, ProcessId, Site, State};

use super::{Deed, Tale};

impl Engine<'_> {
    /// In which ways the step that `id` stands at can fail.
    pub(crate) fn ways_to_fail(&mut self, id: TaskId) -> Vec<Fault> {
        let offered = self.limits.faults;
        let mut faults = Vec::new();
        if offered == Faults::NONE {
            return faults;
        }
        if let State::At(Op::Call(site)) = &self.task(id).state {
            let waited = site.waited || site.tried.is_some();
            let (call, args, deed) = (site.call, site.args, site.deed.clone());
            if offered.contains(Fault::ShortRead) && self.can_be_short(id, call, args, &deed) {
                faults.push(Fault::ShortRead);
            }
            if self.can_be_interrupted(id, call, &deed, waited) {
                faults.push(Fault::Interrupted);
            }
            if let Deed::Make { flags } = deed
                && flags & libc::CLONE_THREAD as u64 == 0
            {
                faults.push(Fault::NoMoreProcesses);
            }
        }
        let task = self.task(id);
        let stands = matches!(task.state, State::At(Op::Call(_) | Op::Access(_) | Op::Write(_)));
        if stands && task.kind == TaskKind::Process && task.process != ProcessId(0) {
            faults.push(Fault::Killed);
        }
        faults.retain(|fault| offered.contains(*fault));
        faults
    }

    /// A read from a stream may give less than is there.
    fn can_be_short(&mut self, id: TaskId, call: i64, args: [u64; 6], deed: &Deed) -> bool {
        let Deed::Try(Tale::Receives(thing)) = deed else { return false };
        if !matches!(call, libc::SYS_read | libc::SYS_recvfrom) || args[2] < 2 {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = args[0] as i32;
        let _held = nobody_starts();
        match thing.kind {
            Kind::Input => true,
            Kind::Pipe | Kind::Socket => self.copy_of(id, descriptor).is_some_and(|copy| {
                use std::os::fd::AsRawFd;
                let (mut there, mut sort, mut len) = (0i32, 0i32, 4u32);
                // SAFETY: both write one live number; a pipe is no socket, and keeps `sort`.
                unsafe {
                    libc::ioctl(copy.as_raw_fd(), libc::FIONREAD, &raw mut there);
                    libc::getsockopt(
                        copy.as_raw_fd(),
                        libc::SOL_SOCKET,
                        libc::SO_TYPE,
                        (&raw mut sort).cast(),
                        &raw mut len,
                    );
                }
                let peeks = call == libc::SYS_recvfrom && args[3] & (libc::MSG_PEEK | libc::MSG_WAITALL) as u64 != 0;
                there >= 2 && !peeks && (thing.kind == Kind::Pipe || sort == libc::SOCK_STREAM)
            }),
            Kind::Output(_)
            | Kind::File
            | Kind::Foreign
            | Kind::Event
            | Kind::Timer
            | Kind::Signals
            | Kind::Epoll
            | Kind::Process => false,
        }
    }

    /// A call that waits, or has waited, fails with `EINTR` where the process has a handler for
    /// a signal, and the call is not made again by itself. One that finds what it asks for at
    /// once is never interrupted (signal(7)).
    fn can_be_interrupted(&self, id: TaskId, call: i64, deed: &Deed, waited: bool) -> bool {
        let may_wait = match deed {
            Deed::FutexWait { .. } | Deed::Sleep { .. } => true,
            Deed::Wait(..)
            | Deed::Lock { .. }
            | Deed::Try(Tale::Sends(_) | Tale::Receives(_) | Tale::Polls { .. } | Tale::Plain(_)) => waited,
            Deed::Try(Tale::Looks(_) | Tale::Names(_) | Tale::Moves { .. })
            | Deed::Make { .. }
            | Deed::Execute
            | Deed::End
            | Deed::FutexWake { .. }
            | Deed::FutexRequeue { .. }
            | Deed::FutexWakeOp { .. }
            | Deed::FutexLock { .. }
            | Deed::FutexUnlock { .. }
            | Deed::Contents { .. }
            | Deed::Enter
            | Deed::Yield
            | Deed::Print { .. }
            | Deed::Kill(_)
            | Deed::AwaitSignal => false,
        };
        let never_again = super::signals::never_made_again(call);
        may_wait && self.handlers(id).any(|action| never_again || !action.restarts())
    }

    /// The step that `id` stands at fails.
    pub(crate) fn fail(&mut self, id: TaskId, fault: Fault) -> Result<(), RunError> {
        self.task_mut(id).yielding = false;
        self.drain(id);
        let code = match &self.task(id).state {
            State::At(Op::Call(site)) => site.code,
            State::At(_) | State::Asleep { .. } | State::InVfork | State::Running | State::Ended => {
                self.task(id).registers.code()
            }
        };
        let place = self.signal_place(id);
        self.record_at(id, code, Action::Call(Call::Fault(fault)), vec![Touch::Write(place)]);
        match fault {
            Fault::ShortRead => {
                if let State::At(Op::Call(site)) = &mut self.task_mut(id).state {
                    site.short = true;
                }
                self.step(id, Destination::Memory)
            }
            Fault::Interrupted | Fault::NoMoreProcesses => {
                let State::At(Op::Call(site)) = std::mem::replace(&mut self.task_mut(id).state, State::Running) else {
                    return self.advance(id);
                };
                let error = if fault == Fault::Interrupted { libc::EINTR } else { libc::EAGAIN };
                self.settle_failed(id, &site);
                self.give(id, -i64::from(error))?;
                self.advance(id)
            }
            Fault::Killed => {
                let process = self.task(id).process;
                let pid = self.processes[process.0].pid;
                self.objects.look_at_held(process, pid);
                // SAFETY: a signal by number, to a process that is ours.
                unsafe { libc::kill(pid.as_raw(), libc::SIGKILL) };
                self.see_off(process)
            }
        }
    }

    /// What a call leaves behind that is interrupted.
    fn settle_failed(&mut self, id: TaskId, site: &Site) {
        if let Deed::Sleep { until, .. } = site.deed {
            self.tell_time_left(id, site, until);
        }
    }
}
