//! Whether a waiting call could go on now, and what it waits for if not.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use explorer::{Action, TaskId, Wait};
use nix::poll::{PollFd, PollFlags, PollTimeout};

use crate::engine::Engine;
use crate::forks::nobody_starts;
use crate::futex::Key;
use crate::objects::{Kind, Side, Thing, descriptors};
use crate::task::{News, Op, Process, State};

use super::{Children, Condition, Deed, Tale, Wanted};

impl Engine<'_> {
    pub(crate) fn can_go_on(&mut self, id: TaskId) -> bool {
        let State::At(Op::Call(site)) = &self.task(id).state else { return false };
        let (condition, tried) = (site.ready, site.tried);
        let waits = self.waits(id, site);
        if tried == Some(self.version) {
            return false;
        }
        match condition {
            Condition::Always
            | Condition::Yield
            | Condition::Time(_)
            | Condition::OtherEnd
            | Condition::Change { .. } => true,
            Condition::Child(children, wanted) => self.child_is_ready(id, children, wanted),
            Condition::Readable { descriptor, .. } => !waits || self.polls(id, descriptor, PollFlags::POLLIN),
            Condition::Writable { descriptor, .. } => !waits || self.polls(id, descriptor, PollFlags::POLLOUT),
            Condition::Signal { .. } => self.interrupts(id),
        }
    }

    /// Asks the kernel about a descriptor of the task's. The copy is closed before anybody
    /// goes on, so that it keeps nothing open.
    fn polls(&mut self, id: TaskId, descriptor: i32, flags: PollFlags) -> bool {
        let _held = nobody_starts();
        let Some(copy) = self.copy_of(id, descriptor) else { return true };
        let mut asked = [PollFd::new(std::os::fd::AsFd::as_fd(&copy), flags)];
        match nix::poll::poll(&mut asked, PollTimeout::ZERO) {
            Ok(0) => false,
            Ok(_) | Err(_) => true,
        }
    }

    /// A copy of a descriptor of the task's, in this process.
    pub(super) fn copy_of(&mut self, id: TaskId, descriptor: i32) -> Option<OwnedFd> {
        let process = self.process_of_mut(id);
        if process.handle.is_none() {
            // SAFETY: makes a descriptor that is ours from here on.
            let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, process.pid.as_raw(), 0) };
            let handle = i32::try_from(handle).ok().filter(|handle| *handle >= 0)?;
            // SAFETY: just made, owned by nobody else.
            process.handle = Some(unsafe { OwnedFd::from_raw_fd(handle) });
        }
        let handle = process.handle.as_ref()?;
        // SAFETY: makes a descriptor that is ours from here on.
        let copy = unsafe { libc::syscall(libc::SYS_pidfd_getfd, handle.as_raw_fd(), descriptor, 0) };
        let copy = i32::try_from(copy).ok().filter(|copy| *copy >= 0)?;
        // SAFETY: just made, owned by nobody else.
        Some(unsafe { OwnedFd::from_raw_fd(copy) })
    }

    /// What a task that cannot go on waits for. `None` for one that could.
    pub(crate) fn wait_of(&mut self, id: TaskId) -> Option<Wait> {
        if self.process_of(id).stopped {
            return Some(Wait::Continue);
        }
        match &self.task(id).state {
            State::Asleep { location, key, .. } => {
                Some(Wait::Futex { location: *location, holder: self.holder_of(*key) })
            }
            State::InVfork => Some(Wait::Child(self.task(id).vfork_child.into_iter().collect())),
            State::At(Op::Call(site)) => {
                let (deed, ready) = (site.deed.clone(), site.ready);
                self.wait_of_call(id, &deed, ready)
            }
            State::At(Op::Opened(reader)) => Some(Wait::Connection { object: reader.fifo.object }),
            State::At(_) | State::Running | State::Ended => None,
        }
    }

    fn wait_of_call(&mut self, id: TaskId, deed: &Deed, ready: Condition) -> Option<Wait> {
        match (ready, deed) {
            (Condition::Child(children, _), _) => Some(Wait::Child(self.living_children(id, children))),
            (Condition::Signal { .. }, _) => Some(Wait::Signal),
            (_, Deed::Lock { thing, .. }) => {
                Some(Wait::FileLock { object: thing.object, holder: self.lock_holder(*thing, id) })
            }
            (_, Deed::Try(Tale::Receives(thing))) if thing.kind.is_waited_at() => {
                Some(Wait::Readable { object: thing.object, holders: self.holders(thing, Side::Writing) })
            }
            (_, Deed::Try(Tale::Sends(thing))) => {
                Some(Wait::Writable { object: thing.object, holders: self.holders(thing, Side::Reading) })
            }
            (_, Deed::Try(Tale::Plain("accept" | "connect" | "open"))) => {
                let State::At(Op::Call(site)) = &self.task(id).state else { return None };
                let object = site.places.first().map(|place| place.object)?;
                Some(Wait::Connection { object })
            }
            (
                _,
                Deed::Try(Tale::Plain(
                    "semop" | "semtimedop" | "msgsnd" | "msgrcv" | "mq_timedsend" | "mq_timedreceive",
                )),
            ) => {
                let State::At(Op::Call(site)) = &self.task(id).state else { return None };
                let object = site.places.first().map(|place| place.object)?;
                Some(Wait::Semaphore { object })
            }
            (Condition::Change { .. }, _) => Some(Wait::AnyOf),
            _ => None,
        }
    }

    /// Who took the lock that a futex word stands for, as far as the word's own history tells:
    /// whoever last made it nonzero (a lock that is held), or zero (a semaphore with nothing left).
    fn holder_of(&self, key: Key) -> Option<TaskId> {
        let Key::Shared(object, byte) = key else { return None };
        let changes = || {
            self.steps.iter().rev().filter_map(|step| match &step.action {
                Action::Access(access) if access.location.object == object => {
                    let shift = u32::try_from(byte.checked_sub(access.offset)?).ok()?.checked_mul(8)?;
                    if shift >= access.size * 8 {
                        return None;
                    }
                    #[expect(clippy::cast_possible_truncation, reason = "a futex word has 32 bits")]
                    let word = |value: u128| value.checked_shr(shift).unwrap_or(0) as u32;
                    let (before, after) = (word(access.before), word(access.after));
                    (before != after).then_some((step.task, before, after))
                }
                Action::Access(_) | Action::Call(_) => None,
            })
        };
        let (_, _, now) = changes().next()?;
        changes().find(|(_, before, after)| if now == 0 { *after == 0 } else { *before == 0 }).map(|(task, ..)| task)
    }

    /// Who has the given side of a pipe, or another end of a socket, open.
    pub(super) fn holders(&mut self, thing: &Thing, wanted: Side) -> Vec<TaskId> {
        let mut holders = Vec::new();
        let living: Vec<(TaskId, nix::unistd::Pid)> = self
            .processes
            .iter()
            .filter(|process| process.ended.is_none())
            .map(|process| (process.leader, process.pid))
            .collect();
        let peer = self.objects.peer(thing.inode);
        for (leader, pid) in living {
            let holds = descriptors(pid).into_iter().any(|(number, side)| {
                self.objects.thing(pid, number).is_some_and(|other| match thing.kind {
                    Kind::Pipe => other.inode == thing.inode && (side == wanted || side == Side::Both),
                    Kind::Socket => Some(other.inode) == peer,
                    Kind::Output(_)
                    | Kind::Input
                    | Kind::File
                    | Kind::Foreign
                    | Kind::Event
                    | Kind::Timer
                    | Kind::Signals
                    | Kind::Epoll
                    | Kind::Process => other.inode == thing.inode,
                })
            });
            if holds {
                holders.push(leader);
            }
        }
        holders
    }

    pub(super) fn child_is_ready(&self, id: TaskId, children: Children, wanted: Wanted) -> bool {
        let mut of_these = self.children_among(id, children).peekable();
        of_these.peek().is_none() || of_these.any(|process| self.news_of(process, wanted).is_some())
    }

    /// The children of a task's process that it has not cleared away, as far as they are meant.
    pub(super) fn children_among(&self, id: TaskId, children: Children) -> impl Iterator<Item = &Process> {
        let own = self.task(id).process;
        self.processes.iter().filter(move |process| {
            process.parent == Some(own)
                && !process.reaped
                && match children {
                    Children::Any => true,
                    Children::Group(group) => process.group == group,
                    Children::Process(wanted) => process.id == wanted,
                    Children::Nobody => false,
                }
        })
    }

    /// What there is to be told of a child.
    pub(super) fn news_of(&self, child: &Process, wanted: Wanted) -> Option<ChildNews> {
        if child.ended.is_some() {
            return wanted.ended.then_some(ChildNews::Ended);
        }
        match child.news {
            News::Stopped(signal) if wanted.stopped && child.stopped => Some(ChildNews::Stopped(signal)),
            News::Continued if wanted.continued => Some(ChildNews::Continued),
            News::None | News::Stopped(_) | News::Continued => None,
        }
    }

    fn living_children(&self, id: TaskId, children: Children) -> Vec<TaskId> {
        self.children_among(id, children)
            .filter(|process| process.ended.is_none())
            .map(|process| process.leader)
            .collect()
    }
}

/// What there is to be told of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChildNews {
    Ended,
    Stopped(i32),
    Continued,
}
