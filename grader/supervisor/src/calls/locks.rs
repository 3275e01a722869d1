//! Locks on files: `flock` and `fcntl`, taken without waiting in the kernel.

use explorer::{Action, Call, Location, ObjectId, TaskId, Touch};

use crate::RunError;
use crate::engine::{Engine, digest};
use crate::objects::{Blocking, Kind, Side, Thing};
use crate::task::{Op, Site, State};

use super::arrive::Plan;
use super::{Condition, Deed, Tale};

/// Which signal a descriptor sends, and to whom: `fcntl.h` has them, libc does not.
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;

impl Engine<'_> {
    pub(super) fn plan_flock(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (descriptor, operation) = (args[0] as i32, args[1] as i32);
        let Some(thing) = self.thing(id, descriptor) else { return Plan::Through };
        let waits = operation & libc::LOCK_NB == 0;
        let takes = operation & !libc::LOCK_NB != libc::LOCK_UN;
        self.objects.locked(thing.inode);
        Plan::visible(Deed::Lock { thing, takes, waits }, vec![lock_place(thing)], Condition::Always)
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
                self.objects.locked(thing.inode);
                let places = self.range_places(id, thing, args[2]);
                Plan::visible(Deed::Lock { thing, takes, waits }, places, Condition::Always)
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
            // whose numbers these are the kernel knows, and the program does not
            libc::F_SETOWN | F_SETSIG | F_SETOWN_EX => {
                self.not_modelled("signals that a descriptor sends".into());
                Plan::fail(libc::EPERM)
            }
            libc::F_GETLK | libc::F_OFD_GETLK => {
                let Some(thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
                let places = self.range_places(id, thing, args[2]);
                Plan::visible(Deed::Try(Tale::Looks("F_GETLK")), places, Condition::Always)
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
        thing.kind.is_waited_at() || thing.kind == Kind::Signals
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
        if held
            && waits
            && args[1] == libc::F_SETLK as u64
            && site.call == libc::SYS_fcntl
            && self.waits_in_circle(id, thing)
        {
            self.record_call(id, Call::Other { name: "lock" }, &site.places);
            self.set_result(id, -i64::from(libc::EDEADLK))?;
            return self.advance(id);
        }
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
        let whole = lock_place(thing);
        let touched = site.places.iter().map(|place| {
            // who locks a range looks at whether all is locked
            if held || *place == whole && site.places.len() > 1 { Touch::Read(*place) } else { Touch::Write(*place) }
        });
        self.record(id, Action::Call(call), touched.collect());
        self.advance(id)
    }

    /// The places of the range that a `struct flock` names: its bytes, if they are few.
    fn range_places(&self, id: TaskId, thing: Thing, address: u64) -> Vec<Location> {
        // whence, start and length in the structure: fcntl(2)
        const WHENCE: u64 = 2;
        const FEW: u64 = 64;
        let mut whence = [0u8; 2];
        let _ = self.peek(id, address + WHENCE, &mut whence);
        let (start, len) = (self.peek_u64(id, address + 8).unwrap_or(0), self.peek_u64(id, address + 16).unwrap_or(0));
        let whole = lock_place(thing);
        let mut places = vec![whole];
        if i32::from(i16::from_le_bytes(whence)) == libc::SEEK_SET && (1..=FEW).contains(&len) {
            places.extend((start..start.saturating_add(len)).map(|word| Location { object: whole.object, word }));
        }
        places
    }

    /// Who holds a lock on a file that is in the way of `id`, by the kernel's own list.
    pub(super) fn lock_holder(&self, thing: Thing, id: TaskId) -> Option<TaskId> {
        let list = std::fs::read_to_string("/proc/locks").ok()?;
        let number = format!(":{}", thing.inode.1);
        let holder = list.lines().find_map(|line| {
            // 1: POSIX ADVISORY WRITE 1234 00:1f:5678 0 EOF
            let mut words = line.split_whitespace().skip(1);
            let (_, _, _) = (words.next()?, words.next()?, words.next()?);
            let (pid, file) = (words.next()?.parse::<i32>().ok()?, words.next()?);
            let process =
                self.processes.iter().find(|process| process.pid.as_raw() == pid && process.ended.is_none())?;
            (file.ends_with(&number) && process.id != self.task(id).process).then_some(process.leader)
        });
        holder.or_else(|| self.last_locker(thing.object, id))
    }

    /// Whether whoever holds what `id` is about to wait for waits, through others perhaps, for
    /// `id`: the kernel finds such circles of record locks, and refuses the last wait.
    fn waits_in_circle(&self, id: TaskId, thing: Thing) -> bool {
        let own = self.task(id).process;
        let mut next = self.lock_holder(thing, id);
        for _ in 0..self.living.len() {
            let Some(holder) = next else { return false };
            if self.task(holder).process == own {
                return true;
            }
            let State::At(Op::Call(site)) = &self.task(holder).state else { return false };
            match site.deed {
                Deed::Lock { thing, waits: true, .. }
                    if site.call == libc::SYS_fcntl
                        && site.args[1] == libc::F_SETLKW as u64
                        && matches!(site.ready, Condition::Change { .. }) =>
                {
                    next = self.lock_holder(thing, holder);
                }
                _ => return false,
            }
        }
        false
    }

    /// Who took a lock on a file last, other than `id`.
    fn last_locker(&self, object: ObjectId, id: TaskId) -> Option<TaskId> {
        self.steps
            .iter()
            .rev()
            .filter(|step| step.task != id)
            .find(|step| matches!(step.action, Action::Call(Call::LockFile { object: locked }) if locked == object))
            .map(|step| step.task)
    }
}

/// The place that stands for the locks on a file.
pub(super) fn lock_place(thing: Thing) -> Location {
    Location { object: ObjectId(digest(&("locks", thing.object))), word: Location::WHOLE }
}
