//! Locks on files: `flock` and `fcntl`, taken without waiting in the kernel.

use explorer::{Action, Call, ObjectId, TaskId};

use crate::RunError;
use crate::engine::Engine;
use crate::objects::{Blocking, Kind, Side, Thing};
use crate::task::Site;

use super::arrive::Plan;
use super::{Condition, Deed};

impl Engine<'_> {
    pub(super) fn plan_flock(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (descriptor, operation) = (args[0] as i32, args[1] as i32);
        let Some(thing) = self.thing(id, descriptor) else { return Plan::Through };
        let waits = operation & libc::LOCK_NB == 0;
        let takes = operation & !libc::LOCK_NB != libc::LOCK_UN;
        Plan::visible(Deed::Lock { thing, takes, waits }, vec![thing.place()], Condition::Always)
    }

    pub(super) fn plan_fcntl(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (descriptor, command) = (args[0] as i32, args[1] as i32);
        let nonblocking = libc::O_NONBLOCK as u64;
        Ok(match command {
            libc::F_SETLK | libc::F_SETLKW | libc::F_OFD_SETLK | libc::F_OFD_SETLKW => {
                let Some(thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
                let mut kind = [0u8; 2];
                let _ = self.peek(id, args[2], &mut kind);
                let takes = i32::from(i16::from_le_bytes(kind)) != i32::from(libc::F_UNLCK as i16);
                let waits = matches!(command, libc::F_SETLKW | libc::F_OFD_SETLKW);
                Plan::visible(Deed::Lock { thing, takes, waits }, vec![thing.place()], Condition::Always)
            }
            libc::F_GETFL => {
                let Some(thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
                let Some(flags) = self.kernel(id, None)? else { return Ok(Plan::Done) };
                if flags >= 0 && self.waits_in_secret(thing) && !self.asked_nonblocking(id, thing, descriptor) {
                    self.set_result(id, flags & !nonblocking.cast_signed())?;
                }
                Plan::Done
            }
            libc::F_SETFL => {
                let Some(thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
                if !self.waits_in_secret(thing) {
                    return Ok(Plan::Through);
                }
                let side = self.side_for(id, thing, descriptor);
                let asked = if args[2] & nonblocking != 0 { Blocking::No } else { Blocking::Yes };
                self.objects.set_nonblocking(thing.inode, side, asked);
                self.kernel(id, Some([args[0], args[1], args[2] | nonblocking, 0, 0, 0]))?;
                Plan::Done
            }
            libc::F_GETLK | libc::F_OFD_GETLK => Plan::Through,
            // whose numbers these are the kernel knows, and the program does not
            libc::F_SETOWN | libc::F_SETOWN_EX | libc::F_SETSIG => {
                self.not_modelled("signals that a descriptor sends".into());
                Plan::fail(libc::EPERM)
            }
            libc::F_DUPFD
            | libc::F_DUPFD_CLOEXEC
            | libc::F_GETFD
            | libc::F_SETFD
            | libc::F_GETPIPE_SZ
            | libc::F_ADD_SEALS
            | libc::F_GET_SEALS => Plan::Through,
            libc::F_SETPIPE_SZ => self.plan_plain_on(id, libc::SYS_fcntl, descriptor),
            _ => Plan::Unmodelled,
        })
    }

    fn waits_in_secret(&self, thing: Thing) -> bool {
        matches!(thing.kind, Kind::Pipe | Kind::Socket | Kind::Event)
    }

    fn side_for(&self, id: TaskId, thing: Thing, descriptor: i32) -> Side {
        if thing.kind == Kind::Pipe { crate::objects::side(self.task(id).pid, descriptor) } else { Side::Both }
    }

    fn asked_nonblocking(&self, id: TaskId, thing: Thing, descriptor: i32) -> bool {
        let side = self.side_for(id, thing, descriptor);
        self.objects.is_nonblocking(thing.inode, side)
    }

    pub(super) fn lock(
        &mut self,
        id: TaskId,
        mut site: Box<Site>,
        thing: Thing,
        takes: bool,
        waits: bool,
    ) -> Result<(), RunError> {
        let mut args = self.alias_arguments(id, &[]).unwrap_or(site.args);
        if site.call == libc::SYS_flock {
            args[1] |= libc::LOCK_NB as u64;
        } else if args[1] == libc::F_SETLKW as u64 {
            args[1] = libc::F_SETLK as u64;
        } else if args[1] == libc::F_OFD_SETLKW as u64 {
            args[1] = libc::F_OFD_SETLK as u64;
        }
        let Some(result) = self.kernel(id, Some(args))? else { return Ok(()) };
        let held = result == -i64::from(libc::EAGAIN) || result == -i64::from(libc::EACCES);
        if held && waits {
            site.ready = Condition::Change { deadline: None };
            return self.try_again_later(id, site);
        }
        self.task_mut(id).yielding = held;
        let call = match (result, takes) {
            (0, true) => Call::LockFile { object: thing.object },
            (0, false) => Call::UnlockFile { object: thing.object },
            _ => Call::Other { name: "lock" },
        };
        self.record_call(id, call, &site.places);
        self.advance(id)
    }

    /// Who took a lock on a file last, other than `id`.
    pub(super) fn last_locker(&self, object: ObjectId, id: TaskId) -> Option<TaskId> {
        self.steps
            .iter()
            .rev()
            .filter(|step| step.task != id)
            .find(|step| matches!(step.action, Action::Call(Call::LockFile { object: locked }) if locked == object))
            .map(|step| step.task)
    }
}
