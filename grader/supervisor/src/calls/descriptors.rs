//! Reading and writing, pipes, sockets, and the rest that goes through descriptors. Whatever
//! could block is made non-blocking in secret, and the waiting is done here.

use explorer::{Location, TaskId};

use crate::RunError;
use crate::engine::Engine;
use crate::machine::scratch;
use crate::memory;
use crate::objects::{Blocking, Inode, Kind, Side, Thing};
use crate::task::Site;

use super::arrive::Plan;
use super::{Condition, Deed, Tale};

impl Engine<'_> {
    pub(super) fn thing(&mut self, id: TaskId, descriptor: i32) -> Option<Thing> {
        let pid = self.task(id).pid;
        self.objects.thing(pid, descriptor)
    }

    pub(super) fn plan_read(&mut self, id: TaskId, call: i64, descriptor: i32) -> Plan {
        if call == libc::SYS_getdents64 {
            let folder = self.listed_folder(id, descriptor);
            return folder.map_or(Plan::Through, |folder| {
                Plan::visible(Deed::Try(Tale::Plain("getdents64")), vec![folder], Condition::Always)
            });
        }
        let Some(thing) = self.thing(id, descriptor) else { return Plan::Through };
        match thing.kind {
            Kind::Foreign | Kind::Output(_) | Kind::Epoll | Kind::Process => Plan::Through,
            Kind::Input => Plan::visible(Deed::Try(Tale::Receives(thing)), vec![thing.place()], Condition::Always),
            Kind::File => self.plan_contents(id, call, descriptor, thing, super::Way::Out),
            Kind::Pipe | Kind::Socket | Kind::Event | Kind::Timer => {
                let deadline = self.patience(thing, Side::Reading);
                Plan::visible(
                    Deed::Try(Tale::Receives(thing)),
                    vec![thing.place()],
                    Condition::Readable { descriptor, deadline },
                )
            }
            // whose signals are there only the task itself can ask
            Kind::Signals => Plan::visible(
                Deed::Try(Tale::Receives(thing)),
                vec![thing.place(), self.signal_place(id)],
                Condition::Change { deadline: None },
            ),
        }
    }

    /// When a call on a socket that waits only so long gives up.
    fn patience(&self, thing: Thing, side: Side) -> Option<u64> {
        Some(self.clock.now().saturating_add(self.objects.patience(thing.inode, side)?))
    }

    pub(super) fn plan_write(
        &mut self,
        id: TaskId,
        call: i64,
        descriptor: i32,
        args: [u64; 6],
    ) -> Result<Plan, RunError> {
        let Some(thing) = self.thing(id, descriptor) else { return Ok(Plan::Through) };
        Ok(match thing.kind {
            Kind::Foreign | Kind::Input | Kind::Timer | Kind::Signals | Kind::Epoll | Kind::Process => Plan::Through,
            Kind::Output(stream) => {
                if !matches!(call, libc::SYS_write | libc::SYS_writev) {
                    return Ok(Plan::fail(libc::ESPIPE));
                }
                if stream == explorer::Stream::Err {
                    // nothing depends on the order of what goes to standard error
                    let site = Site {
                        call,
                        args,
                        code: self.task(id).registers.code(),
                        deed: Deed::Yield,
                        places: Vec::new(),
                        ready: Condition::Always,
                        tried: None,
                        waited: false,
                        short: false,
                        done: 0,
                    };
                    self.print_quietly(id, &site)?;
                    return Ok(Plan::Done);
                }
                Plan::visible(Deed::Print { stream }, vec![thing.place()], Condition::Always)
            }
            Kind::File => self.plan_contents(id, call, descriptor, thing, super::Way::In),
            Kind::Pipe | Kind::Socket | Kind::Event => {
                if let Some(plan) = self.plan_addressed(id, call, args) {
                    return Ok(plan);
                }
                let deadline = self.patience(thing, Side::Writing);
                Plan::visible(
                    Deed::Try(Tale::Sends(thing)),
                    vec![thing.place()],
                    Condition::Writable { descriptor, deadline },
                )
            }
        })
    }

    /// `splice` and its like: bytes that go from one descriptor to another without the program
    /// seeing them.
    pub(super) fn plan_move(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "descriptors")]
        let (from, to) = match call {
            libc::SYS_sendfile => (args[1] as i32, args[0] as i32),
            libc::SYS_tee => (args[0] as i32, args[1] as i32),
            _ => (args[0] as i32, args[2] as i32),
        };
        let (Some(from), Some(to)) = (self.thing(id, from), self.thing(id, to)) else { return Plan::fail(libc::EBADF) };
        // what is printed is taken at the call: callers fall back to reading and writing
        if matches!(to.kind, Kind::Output(_)) || from.kind == Kind::Input {
            return Plan::fail(libc::EINVAL);
        }
        let takes = call != libc::SYS_tee;
        let places = vec![from.place(), to.place()];
        Plan::visible(Deed::Try(Tale::Moves { from, to, takes }), places, Condition::Always)
    }

    fn print_quietly(&mut self, id: TaskId, site: &Site) -> Result<(), RunError> {
        let Some(bytes) = self.printed_bytes(id, site) else {
            return self.give(id, -i64::from(libc::EFAULT));
        };
        let count = bytes.len() as u64;
        self.printed += count;
        if self.printed > self.limits.output {
            self.limit = Some(explorer::Limit::Output(self.limits.output));
        }
        self.record_call(id, explorer::Call::Print { stream: explorer::Stream::Err, bytes }, &[]);
        self.give(id, count.cast_signed())
    }

    /// What a write to a standard stream prints; `None` if the memory is not readable.
    pub(super) fn printed_bytes(&self, id: TaskId, site: &Site) -> Option<Vec<u8>> {
        const MOST: u64 = 16 << 20;
        let mut pieces = Vec::new();
        if site.call == libc::SYS_writev {
            for index in 0..site.args[2].min(1024) {
                let base = self.peek_u64(id, site.args[1] + index * 16).ok()?;
                let len = self.peek_u64(id, site.args[1] + index * 16 + 8).ok()?;
                pieces.push((base, len));
            }
        } else {
            pieces.push((site.args[1], site.args[2]));
        }
        let mut bytes = Vec::new();
        for (base, len) in pieces {
            if bytes.len() as u64 + len > MOST {
                break;
            }
            let start = bytes.len();
            bytes.resize(start + usize::try_from(len).ok()?, 0);
            self.peek(id, base, &mut bytes[start..]).ok()?;
        }
        Some(bytes)
    }

    pub(super) fn plan_close(&mut self, id: TaskId, descriptor: i32) -> Plan {
        match self.closing_place(id, descriptor) {
            Some(place) => Plan::visible(Deed::Try(Tale::Plain("close")), vec![place], Condition::Always),
            None => Plan::Through,
        }
    }

    /// What others can notice of the closing of a descriptor.
    fn closing_place(&mut self, id: TaskId, descriptor: i32) -> Option<Location> {
        let thing = self.thing(id, descriptor)?;
        let noticed = match thing.kind {
            Kind::Pipe | Kind::Socket => true,
            // closing gives locks back
            Kind::File => self.objects.is_locked(thing.inode),
            Kind::Output(_)
            | Kind::Input
            | Kind::Foreign
            | Kind::Event
            | Kind::Timer
            | Kind::Signals
            | Kind::Epoll
            | Kind::Process => false,
        };
        noticed.then(|| if thing.kind == Kind::File { super::locks::lock_place(thing) } else { thing.place() })
    }

    pub(super) fn plan_close_range(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        const CLOSE_ON_EXECUTION: u64 = 4;
        if args[2] & CLOSE_ON_EXECUTION != 0 {
            return Plan::Through;
        }
        let pid = self.task(id).pid;
        let mut places: Vec<Location> = Vec::new();
        for (number, _) in crate::objects::descriptors(pid) {
            if (args[0]..=args[1]).contains(&u64::from(number.unsigned_abs()))
                && let Some(place) = self.closing_place(id, number)
                && !places.contains(&place)
            {
                places.push(place);
            }
        }
        if places.is_empty() {
            return Plan::Through;
        }
        Plan::visible(Deed::Try(Tale::Plain("close")), places, Condition::Always)
    }

    pub(super) fn plan_plain_on(&mut self, id: TaskId, call: i64, descriptor: i32) -> Plan {
        let places = self.thing(id, descriptor).map(|thing| vec![thing.place()]).unwrap_or_default();
        Plan::visible(Deed::Try(Tale::Plain(super::name(call))), places, Condition::Always)
    }

    /// Runs a call that makes descriptors with `O_NONBLOCK` added to its flags.
    pub(super) fn make_pipe(&mut self, id: TaskId, ends: u64, flags: Option<u64>) -> Result<Plan, RunError> {
        let nonblocking = libc::O_NONBLOCK as u64;
        let asked = flags.unwrap_or(0);
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let before = registers;
        if flags.is_none() {
            // the older call has no flags: make the newer one in its place
            registers.skip_call(0);
            registers.redo_call(libc::SYS_pipe2);
            registers.set_code(before.code());
        }
        let result = if flags.is_none() {
            self.inject_in_place(id, libc::SYS_pipe2, [ends, nonblocking, 0, 0, 0, 0])?
        } else {
            self.kernel(
                id,
                Some([self.space(id).alias(ends).map_or(ends, |(_, alias)| alias), asked | nonblocking, 0, 0, 0, 0]),
            )?
        };
        let Some(result) = result else { return Ok(Plan::Done) };
        if result == 0
            && let (Ok(reading), Ok(writing)) = (self.peek_u32(id, ends), self.peek_u32(id, ends + 4))
        {
            let object = self.next_object(id);
            self.objects.made(pid, reading.cast_signed(), object);
            if let Some(inode) = self.objects.made(pid, writing.cast_signed(), object)
                && asked & nonblocking != 0
            {
                self.objects.set_nonblocking(inode, Side::Reading, Blocking::No);
                self.objects.set_nonblocking(inode, Side::Writing, Blocking::No);
            }
        }
        Ok(Plan::Done)
    }

    /// Makes another call in the place of the one that `id` is at; the task sees its result.
    pub(super) fn inject_in_place(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Option<i64>, RunError> {
        let pid = self.task(id).pid;
        let before = self.task(id).registers;
        let result = self.inject(id, call, args)?;
        let Some(value) = result else { return Ok(None) };
        let mut registers = before;
        registers.skip_call(value);
        if registers.set(pid).is_err() {
            return Ok(None);
        }
        self.task_mut(id).registers = registers;
        Ok(result)
    }

    /// How long receiving from and sending to a socket wait.
    pub(super) fn set_patience(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (descriptor, option) = (args[0] as i32, args[2] as i32);
        let (Some(thing), Ok(seconds), Ok(rest)) =
            (self.thing(id, descriptor), self.peek_u64(id, args[3]), self.peek_u64(id, args[3] + 8))
        else {
            return Plan::fail(libc::EINVAL);
        };
        let side = if option == libc::SO_RCVTIMEO { Side::Reading } else { Side::Writing };
        let nanoseconds = seconds.saturating_mul(1_000_000_000).saturating_add(rest.saturating_mul(1000));
        self.objects.set_patience(thing.inode, side, nanoseconds);
        Plan::Return(0)
    }

    /// Who is at the other end is told by the number that the program knows.
    pub(super) fn tell_peer(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        let aliased = self.alias_arguments(id, &[0, 1, 2]);
        if self.kernel(id, aliased)? == Some(0)
            && let Ok(real) = self.peek_u32(id, args[3])
        {
            let seen = self
                .processes
                .iter()
                .find(|process| process.pid.as_raw() == real.cast_signed())
                .map_or(0, |process| crate::task::seen_pid(process.leader));
            let _ = self.poke(id, args[3], &seen.to_le_bytes());
        }
        Ok(Plan::Done)
    }

    pub(super) fn make_socket(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a small number")]
        let family = args[0] as i32;
        if family != libc::AF_UNIX {
            return Ok(Plan::Forbidden { what: "made a socket that is not a Unix one".into(), errno: libc::EPERM });
        }
        let nonblocking = libc::SOCK_NONBLOCK as u64;
        let Some(result) = self.kernel(id, Some([args[0], args[1] | nonblocking, args[2], 0, 0, 0]))? else {
            return Ok(Plan::Done);
        };
        self.name_new(id, result, args[1] & nonblocking != 0);
        Ok(Plan::Done)
    }

    fn name_new(&mut self, id: TaskId, result: i64, asked_nonblocking: bool) -> Option<Inode> {
        let descriptor = i32::try_from(result).ok().filter(|number| *number >= 0)?;
        let object = self.next_object(id);
        let pid = self.task(id).pid;
        let inode = self.objects.made(pid, descriptor, object)?;
        if asked_nonblocking {
            self.objects.set_nonblocking(inode, Side::Both, Blocking::No);
        }
        Some(inode)
    }

    pub(super) fn make_socket_pair(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        let nonblocking = libc::SOCK_NONBLOCK as u64;
        let ends = self.space(id).alias(args[3]).map_or(args[3], |(_, alias)| alias);
        let Some(result) = self.kernel(id, Some([args[0], args[1] | nonblocking, args[2], ends, 0, 0]))? else {
            return Ok(Plan::Done);
        };
        if result == 0
            && let (Ok(one), Ok(other)) = (self.peek_u32(id, args[3]), self.peek_u32(id, args[3] + 4))
        {
            let object = self.next_object(id);
            let pid = self.task(id).pid;
            let one = self.objects.made(pid, one.cast_signed(), object);
            let other = self.objects.made(pid, other.cast_signed(), object);
            if let (Some(one), Some(other)) = (one, other) {
                self.objects.pair(one, other);
                if args[1] & nonblocking != 0 {
                    self.objects.set_nonblocking(one, Side::Both, Blocking::No);
                    self.objects.set_nonblocking(other, Side::Both, Blocking::No);
                }
            }
        }
        Ok(Plan::Done)
    }

    pub(super) fn plan_accept(&mut self, id: TaskId, descriptor: i32) -> Plan {
        let Some(thing) = self.thing(id, descriptor) else { return Plan::Through };
        let deadline = self.patience(thing, Side::Reading);
        Plan::visible(
            Deed::Try(Tale::Plain("accept")),
            vec![thing.place()],
            Condition::Readable { descriptor, deadline },
        )
    }

    pub(super) fn make_event(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        let nonblocking = libc::EFD_NONBLOCK as u64;
        let asked = if call == libc::SYS_eventfd2 { args[1] } else { 0 };
        let result = if call == libc::SYS_eventfd2 {
            self.kernel(id, Some([args[0], asked | nonblocking, 0, 0, 0, 0]))?
        } else {
            self.inject_in_place(id, libc::SYS_eventfd2, [args[0], nonblocking, 0, 0, 0, 0])?
        };
        self.name_anonymous(id, result, Kind::Event, asked & nonblocking != 0);
        Ok(Plan::Done)
    }

    /// Names something that has no number of its own, from its making on.
    pub(super) fn name_anonymous(
        &mut self,
        id: TaskId,
        result: Option<i64>,
        kind: Kind,
        asked_nonblocking: bool,
    ) -> Option<Inode> {
        let descriptor = i32::try_from(result?).ok().filter(|number| *number >= 0)?;
        let object = self.next_object(id);
        let Some(copy) = self.copy_of(id, descriptor) else {
            self.not_modelled("a descriptor that cannot be told apart from others".into());
            return None;
        };
        let inode = self.objects.made_anonymous(copy, kind, object);
        if asked_nonblocking {
            self.objects.set_nonblocking(inode, Side::Both, Blocking::No);
        }
        Some(inode)
    }

    pub(super) fn make_epoll(&mut self, id: TaskId) -> Result<Plan, RunError> {
        let result = self.kernel(id, None)?;
        self.name_anonymous(id, result, Kind::Epoll, false);
        Ok(Plan::Done)
    }

    pub(super) fn make_signals(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        let nonblocking = libc::SFD_NONBLOCK as u64;
        let mut real = self.alias_arguments(id, &[0, 2, 3]).unwrap_or(args);
        let asked = if call == libc::SYS_signalfd4 { args[3] } else { 0 };
        real[3] = asked | nonblocking;
        let result = if call == libc::SYS_signalfd4 {
            self.kernel(id, Some(real))?
        } else {
            self.inject_in_place(id, libc::SYS_signalfd4, real)?
        };
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let changes_one = args[0] as i32 >= 0;
        if !changes_one {
            self.name_anonymous(id, result, Kind::Signals, asked & nonblocking != 0);
        }
        Ok(Plan::Done)
    }

    pub(super) fn make_memory_file(&mut self, id: TaskId) -> Result<Plan, RunError> {
        let args = self.alias_arguments(id, &[1]);
        if let Some(result) = self.kernel(id, args)? {
            self.name_new(id, result, false);
        }
        Ok(Plan::Done)
    }

    pub(super) fn plan_poll(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        let now = self.clock.now();
        let milliseconds = |value: u64| {
            #[expect(clippy::cast_possible_truncation, reason = "an int argument")]
            match value as i32 {
                0 => (None, None),
                wait if wait < 0 => (Some(2), None),
                wait => (Some(2), Some(now.saturating_add(u64::from(wait.unsigned_abs()) * 1_000_000))),
            }
        };
        let timespec = |address: u64, unit: u64| {
            if address == 0 {
                return (Some(0), None);
            }
            let seconds = self.peek_u64(id, address).unwrap_or(0);
            let rest = self.peek_u64(id, address + 8).unwrap_or(0) * unit;
            if seconds == 0 && rest == 0 {
                (None, None)
            } else {
                (Some(0), Some(now.saturating_add(seconds.saturating_mul(1_000_000_000)).saturating_add(rest)))
            }
        };
        let (waits, deadline) = match call {
            libc::SYS_poll => milliseconds(args[2]),
            libc::SYS_epoll_wait | libc::SYS_epoll_pwait => milliseconds(args[3]),
            libc::SYS_epoll_pwait2 => timespec(args[3], 1),
            libc::SYS_ppoll => timespec(args[2], 1),
            libc::SYS_pselect6 => timespec(args[4], 1),
            _ => timespec(args[4], 1000),
        };
        // which one of the descriptors decides is not looked at: any change may
        let places = self.polled(id, call, args);
        let ready = if waits.is_some() { Condition::Change { deadline } } else { Condition::Always };
        Plan::visible(Deed::Try(Tale::Polls { timeout: waits }), places, ready)
    }

    /// What a poll looks at, where that is plain to see.
    fn polled(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Vec<Location> {
        let mut numbers = Vec::new();
        if matches!(call, libc::SYS_poll | libc::SYS_ppoll) {
            for index in 0..args[1].min(1024) {
                if let Ok(number) = self.peek_u32(id, args[0] + index * 8) {
                    numbers.push(number.cast_signed());
                }
            }
        } else if matches!(call, libc::SYS_select | libc::SYS_pselect6) {
            // three sets of bits
            for set in &args[1..4] {
                for number in 0..args[0].min(1024) {
                    let word = if *set == 0 { 0 } else { self.peek_u64(id, set + number / 64 * 8).unwrap_or(0) };
                    if word >> (number % 64) & 1 != 0 {
                        numbers.push(i32::try_from(number).unwrap_or(-1));
                    }
                }
            }
        }
        let nested =
            numbers.iter().any(|number| self.thing(id, *number).is_some_and(|thing| thing.kind == Kind::Epoll));
        if nested || matches!(call, libc::SYS_epoll_wait | libc::SYS_epoll_pwait | libc::SYS_epoll_pwait2) {
            // what it looks at only the kernel knows
            let pid = self.task(id).pid;
            numbers.extend(crate::objects::descriptors(pid).into_iter().map(|(number, _)| number));
        }
        let mut places = Vec::new();
        for number in numbers {
            if let Some(thing) = self.thing(id, number)
                && !matches!(thing.kind, Kind::Output(_) | Kind::Input | Kind::Foreign | Kind::File)
            {
                let place = if thing.kind == Kind::Signals { self.signal_place(id) } else { thing.place() };
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        places
    }

    pub(super) fn plan_ioctl(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = args[0] as i32;
        if args[1] == libc::FIONREAD
            && let Some(thing) = self.thing(id, descriptor)
            && matches!(thing.kind, Kind::Pipe | Kind::Socket)
        {
            return Ok(Plan::visible(Deed::Try(Tale::Looks("ioctl")), vec![thing.place()], Condition::Always));
        }
        const FIOSETOWN: u64 = 0x8901;
        const SIOCSPGRP: u64 = 0x8902;
        if matches!(args[1], FIOSETOWN | SIOCSPGRP | libc::FIOASYNC) {
            self.not_modelled("signals that a descriptor sends".into());
            return Ok(Plan::fail(libc::EPERM));
        }
        if args[1] == libc::FIONBIO
            && let Some(thing) = self.thing(id, descriptor)
        {
            let on = self.peek_u32(id, args[2]).unwrap_or(0) != 0;
            let pid = self.task(id).pid;
            let side = if thing.kind == Kind::Pipe { crate::objects::side(pid, descriptor) } else { Side::Both };
            self.objects.set_nonblocking(thing.inode, side, if on { Blocking::No } else { Blocking::Yes });
            return Ok(Plan::Return(0));
        }
        Ok(Plan::Through)
    }

    /// The arguments with which the kernel tries a call: pointers to the alias, no waiting.
    pub(super) fn arguments_for(&mut self, id: TaskId, site: &Site, tale: &Tale) -> Result<Option<[u64; 6]>, RunError> {
        let mut changed = self.alias_arguments(id, &[]);
        let base = self.task(id).registers.args();
        if let Tale::Polls { timeout } = tale {
            if let Some(index) = timeout {
                let mut args = changed.unwrap_or(base);
                match site.call {
                    libc::SYS_poll => args[2] = 0,
                    libc::SYS_epoll_wait | libc::SYS_epoll_pwait => args[3] = 0,
                    libc::SYS_epoll_pwait2 => args[3] = self.zero_time(id),
                    libc::SYS_ppoll => args[2] = self.zero_time(id),
                    _ => args[4] = self.zero_time(id),
                }
                let _ = index;
                changed = Some(args);
            }
            return Ok(changed);
        }
        match site.call {
            libc::SYS_semop | libc::SYS_semtimedop => {
                return Ok(Some(self.semop_without_waiting(id, changed.unwrap_or(base))));
            }
            libc::SYS_msgsnd => {
                let mut args = changed.unwrap_or(base);
                args[3] |= libc::IPC_NOWAIT as u64;
                return Ok(Some(args));
            }
            libc::SYS_msgrcv => {
                let mut args = changed.unwrap_or(base);
                args[4] |= libc::IPC_NOWAIT as u64;
                return Ok(Some(args));
            }
            libc::SYS_mq_timedsend | libc::SYS_mq_timedreceive => {
                let mut args = changed.unwrap_or(base);
                args[4] = 0;
                return Ok(Some(args));
            }
            libc::SYS_splice => {
                let mut args = changed.unwrap_or(base);
                args[5] |= u64::from(libc::SPLICE_F_NONBLOCK);
                return Ok(Some(args));
            }
            libc::SYS_tee => {
                let mut args = changed.unwrap_or(base);
                args[3] |= u64::from(libc::SPLICE_F_NONBLOCK);
                return Ok(Some(args));
            }
            libc::SYS_recvmmsg | libc::SYS_sendmmsg => {
                const ONE: u64 = 64;
                let mut args = changed.unwrap_or(base);
                args[1] = args[1].wrapping_add(site.done * ONE);
                args[2] = args[2].wrapping_sub(site.done);
                args[3] |= libc::MSG_DONTWAIT as u64;
                args[4] = 0;
                return Ok(Some(args));
            }
            _ => {}
        }
        if site.short {
            let mut args = changed.unwrap_or(base);
            args[2] = 1;
            changed = Some(args);
        }
        if site.done > 0 && site.call != libc::SYS_writev {
            let mut args = changed.unwrap_or(base);
            args[1] = args[1].wrapping_add(site.done);
            args[2] = args[2].wrapping_sub(site.done);
            changed = Some(args);
        }
        if let Some(args) = self.vectors(id, site, changed.unwrap_or(base)) {
            changed = Some(args);
        }
        if matches!(site.call, libc::SYS_sendmsg | libc::SYS_recvmsg)
            && let Some(header) = self.alias_message(id, base[1])
        {
            let mut args = changed.unwrap_or(base);
            args[1] = header;
            changed = Some(args);
        }
        if let Some(args) = self.placed_arguments(id, site, changed.unwrap_or(base))? {
            changed = Some(args);
        }
        Ok(changed)
    }

    pub(super) fn zero_time(&self, id: TaskId) -> u64 {
        let _ = memory::write(self.task(id).pid, scratch::strings(), &[0; 16]);
        scratch::strings()
    }

    /// The arguments for reading or writing a file: pointers to the alias.
    pub(super) fn vectors_aliased(&mut self, id: TaskId, site: &Site) -> Option<[u64; 6]> {
        let changed = self.alias_arguments(id, &[]);
        let base = changed.unwrap_or(self.task(id).registers.args());
        self.vectors(id, site, base).or(changed)
    }

    fn vectors(&self, id: TaskId, site: &Site, mut args: [u64; 6]) -> Option<[u64; 6]> {
        let has_one = matches!(
            site.call,
            libc::SYS_readv
                | libc::SYS_writev
                | libc::SYS_preadv
                | libc::SYS_pwritev
                | libc::SYS_preadv2
                | libc::SYS_pwritev2
        );
        if !has_one {
            return None;
        }
        let skip = if site.call == libc::SYS_writev { site.done } else { 0 };
        args[1] = self.alias_vector(id, site.args[1], site.args[2], skip, scratch::strings())?;
        Some(args)
    }

    /// How many bytes a vector of buffers holds.
    pub(super) fn vector_len(&self, id: TaskId, list: u64, count: u64) -> u64 {
        (0..count.min(1024))
            .filter_map(|index| self.peek_u64(id, list + index * 16 + 8).ok())
            .fold(0, u64::saturating_add)
    }

    /// A copy of a vector of buffers, without its first `skip` bytes, in which those in
    /// protected memory are the alias; `None` where the program's own will do.
    fn alias_vector(&self, id: TaskId, list: u64, count: u64, skip: u64, at: u64) -> Option<u64> {
        const MOST: u64 = 1024;
        let mut bytes = Vec::new();
        let (mut changed, mut skip) = (skip > 0, skip);
        for index in 0..count.min(MOST) {
            let base = self.peek_u64(id, list + index * 16).ok()?;
            let len = self.peek_u64(id, list + index * 16 + 8).ok()?;
            let skipped = skip.min(len);
            skip -= skipped;
            let (base, len) = (base + skipped, len - skipped);
            let base = match self.space(id).alias(base) {
                Some((_, alias)) => {
                    changed = true;
                    alias
                }
                None => base,
            };
            bytes.extend(base.to_le_bytes());
            bytes.extend(len.to_le_bytes());
        }
        if !changed {
            return None;
        }
        memory::write(self.task(id).pid, at, &bytes).ok()?;
        Some(at)
    }

    /// What the kernel wrote into our copy of a message's header goes into the program's own.
    pub(super) fn settle_message(&mut self, id: TaskId, site: &Site, result: i64) {
        // how long the name and the rest of the control data are, and flags: recvmsg(2)
        const WRITTEN: [(u64, usize); 3] = [(8, 4), (40, 8), (48, 4)];
        if site.call != libc::SYS_recvmsg || result < 0 || self.message_copy(id, site.args[1]).is_none() {
            return;
        }
        for (offset, len) in WRITTEN {
            let mut bytes = [0u8; 8];
            if memory::read(self.task(id).pid, scratch::strings() + offset, &mut bytes[..len]).is_ok() {
                let _ = self.poke(id, site.args[1] + offset, &bytes[..len]);
            }
        }
    }

    /// The same for the header of a message.
    fn alias_message(&self, id: TaskId, header: u64) -> Option<u64> {
        let bytes = self.message_copy(id, header)?;
        memory::write(self.task(id).pid, scratch::strings(), &bytes).ok()?;
        Some(scratch::strings())
    }

    fn message_copy(&self, id: TaskId, header: u64) -> Option<[u8; 56]> {
        let list = self.peek_u64(id, header + 16).ok()?;
        let count = self.peek_u64(id, header + 24).ok()?;
        let mut bytes = [0u8; 56];
        self.peek(id, header, &mut bytes).ok()?;
        let mut changed = false;
        let mut put = |at: usize, value: u64| {
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
            changed = true;
        };
        if let Some(list) = self.alias_vector(id, list, count, 0, scratch::strings() + 256) {
            put(16, list);
        }
        // the name and the control data
        for at in [0, 32] {
            let pointer = self.peek_u64(id, header + at).ok()?;
            if let Some((_, alias)) = self.space(id).alias(pointer) {
                put(usize::try_from(at).unwrap_or(0), alias);
            }
        }
        changed.then_some(bytes)
    }

    /// What follows from a call that was done: new descriptors get their names.
    pub(super) fn after_attempt(&mut self, id: TaskId, site: &Site, result: i64) -> Result<(), RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = site.args[0] as i32;
        match site.call {
            libc::SYS_accept | libc::SYS_accept4 if result >= 0 => {
                let asked = site.call == libc::SYS_accept4 && site.args[3] & libc::SOCK_NONBLOCK as u64 != 0;
                if let (Some(listener), Some(made)) = (self.thing(id, descriptor), self.name_new(id, result, asked)) {
                    self.objects.accepted(listener.object, made);
                }
                // what accepts does not inherit the listener's way of waiting
                self.inject_after(
                    id,
                    libc::SYS_fcntl,
                    [result.cast_unsigned(), libc::F_SETFL as u64, (libc::O_RDWR | libc::O_NONBLOCK) as u64, 0, 0, 0],
                )?;
            }
            // whoever is in the way is told by the number that the program knows
            libc::SYS_fcntl if result == 0 && matches!(site.deed, Deed::Try(Tale::Looks("F_GETLK"))) => {
                const HOLDER: u64 = 24;
                if let Ok(real) = self.peek_u32(id, site.args[2] + HOLDER)
                    && let Some(process) =
                        self.processes.iter().find(|process| process.pid.as_raw() == real.cast_signed())
                {
                    let seen = crate::task::seen_pid(process.leader);
                    let _ = self.poke(id, site.args[2] + HOLDER, &seen.to_le_bytes());
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Makes another call behind the one that `id` has just made; the task sees nothing of it.
    pub(super) fn inject_after(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Option<i64>, RunError> {
        let before = self.task(id).registers;
        let result = self.inject(id, call, args)?;
        if result.is_some() {
            let _ = before.set(self.task(id).pid);
        }
        Ok(result)
    }
}
