//! System V objects and POSIX message queues.

use explorer::{Location, ObjectId, TaskId};
use std::os::unix::ffi::OsStrExt;

use crate::RunError;
use crate::confinement::queues_are_reached;
use crate::engine::{Engine, digest};
use crate::machine::scratch;
use crate::memory;
use crate::objects::{Kind, Thing};
use crate::systemv::Family;
use crate::task::{Signalled, Site};

use super::arrive::Plan;
use super::{Condition, Deed, Tale};

fn family(call: i64) -> Family {
    match call {
        libc::SYS_shmget | libc::SYS_shmctl => Family::Memory,
        libc::SYS_semget | libc::SYS_semctl | libc::SYS_semop | libc::SYS_semtimedop => Family::Semaphores,
        _ => Family::Messages,
    }
}

/// Where `IPC_NOWAIT` stands in an operation on a semaphore.
const OPERATION_LEN: u64 = 6;

impl Engine<'_> {
    pub(super) fn plan_get(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (key, flags) = (args[0] as i32, if call == libc::SYS_msgget { args[1] } else { args[2] } as i32);
        let family = family(call);
        if key != libc::IPC_PRIVATE {
            match self.systemv.find(family, key) {
                Some(_) if flags & libc::IPC_CREAT != 0 && flags & libc::IPC_EXCL != 0 => {
                    return Ok(Plan::fail(libc::EEXIST));
                }
                Some(found) => return Ok(Plan::Return(found.into())),
                None if flags & libc::IPC_CREAT == 0 => return Ok(Plan::fail(libc::ENOENT)),
                None => {}
            }
        }
        // whatever the key, the object is nobody else's
        let mut real = args;
        real[0] = i64::from(libc::IPC_PRIVATE).cast_unsigned();
        let Some(made) = self.kernel(id, Some(real))? else { return Ok(Plan::Done) };
        if let Ok(made) = i32::try_from(made)
            && made >= 0
        {
            let object = self.next_object(id);
            self.systemv.made(family, made, key, object);
            self.names.note(&self.systemv.listed());
        }
        Ok(Plan::Done)
    }

    pub(super) fn plan_control(&mut self, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (number, command) = (args[0] as i32, if call == libc::SYS_semctl { args[2] } else { args[1] } as i32);
        let family = family(call);
        if self.systemv.object_of(family, number).is_none() {
            return Ok(Plan::fail(libc::EINVAL));
        }
        let place = self.systemv_place(family, number);
        if command & 0xff == libc::IPC_RMID {
            self.systemv.removed(family, number);
        }
        Ok(Plan::visible(Deed::Try(Tale::Plain("semctl")), vec![place], Condition::Always))
    }

    fn systemv_place(&self, family: Family, number: i32) -> Location {
        let object = self.systemv.object_of(family, number).unwrap_or(ObjectId(digest(&("system v", number))));
        Location { object, word: 0 }
    }

    pub(super) fn plan_systemv(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "an identifier")]
        let number = args[0] as i32;
        if !self.systemv.is_own(family(call), number) {
            return Ok(Plan::fail(libc::EINVAL));
        }
        let place = self.systemv_place(family(call), number);
        let timeout = if call == libc::SYS_semtimedop && args[3] != 0 { self.time_at(id, args[3]) } else { None };
        let deadline = timeout.map(|asked| self.clock.now().saturating_add(asked));
        let thing = Thing { kind: Kind::Event, inode: (u64::MAX, args[0]), object: place.object };
        let tale = match call {
            libc::SYS_msgsnd => Tale::Sends(thing),
            libc::SYS_msgrcv => Tale::Receives(thing),
            libc::SYS_semop => Tale::Plain("semop"),
            _ => Tale::Plain("semtimedop"),
        };
        Ok(Plan::visible(Deed::Try(tale), vec![place], Condition::Change { deadline }))
    }

    /// The operations on semaphores with `IPC_NOWAIT` in each.
    pub(super) fn semop_without_waiting(&mut self, id: TaskId, base: [u64; 6]) -> [u64; 6] {
        let count = base[2].min(500);
        let mut bytes = vec![0u8; usize::try_from(count * OPERATION_LEN).unwrap_or(0)];
        let mut args = base;
        if self.peek(id, base[1], &mut bytes).is_ok() {
            for operation in bytes.chunks_exact_mut(OPERATION_LEN as usize) {
                let flags = i16::from_le_bytes([operation[4], operation[5]]) | libc::IPC_NOWAIT as i16;
                operation[4..6].copy_from_slice(&flags.to_le_bytes());
            }
            let _ = memory::write(self.task(id).pid, scratch::strings(), &bytes);
            args[1] = scratch::strings();
        }
        args[3] = 0;
        args
    }

    /// Whether the program itself would wait for its semaphores.
    pub(super) fn semop_waits(&self, id: TaskId, site: &Site) -> bool {
        (0..site.args[2].min(500)).all(|index| {
            let mut flags = [0u8; 2];
            let _ = self.peek(id, site.args[1] + index * OPERATION_LEN + 4, &mut flags);
            i32::from(i16::from_le_bytes(flags)) & libc::IPC_NOWAIT == 0
        })
    }

    pub(super) fn plan_queue(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        if matches!(call, libc::SYS_mq_open | libc::SYS_mq_unlink) {
            let Some(name) = self.peek_path(id, args[0]) else { return Ok(Plan::Through) };
            let mut prefix = self.names.prefix().file_name().unwrap_or_default().as_bytes().to_vec();
            prefix.push(b'.');
            let mut real = self.systemv.queue(&name, &prefix);
            self.names.note(&self.systemv.listed());
            real.push(0);
            let _ = memory::write(self.task(id).pid, scratch::strings(), &real);
            let mut changed = args;
            changed[0] = scratch::strings();
            if call == libc::SYS_mq_open {
                changed[1] |= libc::O_NONBLOCK as u64;
            }
            let result = self.kernel(id, Some(changed))?;
            match (call, result) {
                (libc::SYS_mq_unlink, Some(_)) => self.systemv.queue_removed(&name),
                // the kernel keeps files from the program, and where queues lie could not be named
                (libc::SYS_mq_open, Some(made))
                    if made == -i64::from(libc::EACCES) && !queues_are_reached(self.limits.confinement) =>
                {
                    self.stop_at_unmodelled(id, "a message queue, since `/dev/mqueue` is not mounted here".into());
                }
                (libc::SYS_mq_open, Some(made)) if made < 0 && args[1] & libc::O_CREAT as u64 == 0 => {
                    self.systemv.queue_missing(&name)
                }
                (libc::SYS_mq_open, Some(made)) => {
                    let pid = self.task(id).pid;
                    #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
                    if let Some(inode) = self.objects.made(pid, made as i32, ObjectId(digest(&("queue", &name))))
                        && args[1] & libc::O_NONBLOCK as u64 != 0
                    {
                        self.objects.set_nonblocking(inode, crate::objects::Side::Both, crate::objects::Blocking::No);
                    }
                }
                _ => {}
            }
            return Ok(Plan::Done);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = args[0] as i32;
        let Some(mut thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
        thing.kind = Kind::Event;
        if call == libc::SYS_mq_notify {
            // a signal, or nothing; a thread is made by way of a socket of the network's
            const THREAD: u32 = 2;
            if args[1] != 0 && self.peek_u32(id, args[1] + 12) == Ok(THREAD) {
                self.not_modelled("a thread made by `mq_notify`".into());
                return Ok(Plan::fail(libc::ENOSYS));
            }
            self.process_of_mut(id).signalled = Signalled::Perhaps;
            return Ok(Plan::visible(Deed::Try(Tale::Plain("mq_notify")), vec![thing.place()], Condition::Always));
        }
        let deadline = if args[4] == 0 {
            None
        } else {
            self.time_at(id, args[4]).map(|reading| crate::clock::Clock::moment(libc::CLOCK_REALTIME, reading))
        };
        Ok(match call {
            libc::SYS_mq_timedsend => {
                Plan::visible(Deed::Try(Tale::Sends(thing)), vec![thing.place()], Condition::Change { deadline })
            }
            libc::SYS_mq_timedreceive => {
                Plan::visible(Deed::Try(Tale::Receives(thing)), vec![thing.place()], Condition::Change { deadline })
            }
            _ => Plan::Through,
        })
    }
}
