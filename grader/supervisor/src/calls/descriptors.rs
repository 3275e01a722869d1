//! Reading and writing, pipes, sockets, and the rest that goes through descriptors. Whatever
//! could block is made non-blocking in secret, and the waiting is done here.

use explorer::{Location, TaskId};

use crate::RunError;
use crate::engine::Engine;
use crate::inject::send_again;
use crate::machine::STRINGS;
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
        let Some(thing) = self.thing(id, descriptor) else { return Plan::Through };
        match thing.kind {
            Kind::Foreign | Kind::Output(_) => Plan::Through,
            Kind::Input | Kind::File => {
                Plan::visible(Deed::Try(Tale::Receives(thing)), vec![thing.place()], Condition::Always)
            }
            Kind::Pipe | Kind::Socket | Kind::Event => {
                if call == libc::SYS_recvmmsg {
                    return Plan::Unmodelled;
                }
                Plan::visible(
                    Deed::Try(Tale::Receives(thing)),
                    vec![thing.place()],
                    Condition::Readable { descriptor, deadline: None },
                )
            }
        }
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
            Kind::Foreign | Kind::Input => Plan::Through,
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
                        done: 0,
                    };
                    self.print_quietly(id, &site)?;
                    return Ok(Plan::Done);
                }
                Plan::visible(Deed::Print { stream }, vec![thing.place()], Condition::Always)
            }
            Kind::File => Plan::visible(Deed::Try(Tale::Sends(thing)), vec![thing.place()], Condition::Always),
            Kind::Pipe | Kind::Socket | Kind::Event => {
                if call == libc::SYS_sendmmsg {
                    return Ok(Plan::Unmodelled);
                }
                Plan::visible(Deed::Try(Tale::Sends(thing)), vec![thing.place()], Condition::Writable { descriptor })
            }
        })
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
        match self.thing(id, descriptor) {
            Some(thing) if matches!(thing.kind, Kind::Pipe | Kind::Socket | Kind::File) => {
                Plan::visible(Deed::Try(Tale::Plain("close")), vec![thing.place()], Condition::Always)
            }
            Some(_) | None => Plan::Through,
        }
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
        Plan::visible(
            Deed::Try(Tale::Plain("accept")),
            vec![thing.place()],
            Condition::Readable { descriptor, deadline: None },
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
        if result.is_some() && asked & nonblocking != 0 {
            // all of these have one inode: one that asks not to wait makes none wait
            let pid = self.task(id).pid;
            #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
            if let Some(thing) = self.objects.thing(pid, result.unwrap_or(-1) as i32) {
                self.objects.set_nonblocking(thing.inode, Side::Both, Blocking::No);
            }
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
                wait => (Some(2), Some(now + u64::from(wait.unsigned_abs()) * 1_000_000)),
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
        } else {
            let pid = self.task(id).pid;
            numbers.extend(crate::objects::descriptors(pid).into_iter().map(|(number, _)| number));
        }
        let mut places = Vec::new();
        for number in numbers {
            if let Some(thing) = self.thing(id, number)
                && matches!(thing.kind, Kind::Pipe | Kind::Socket | Kind::Event)
                && !places.contains(&thing.place())
            {
                places.push(thing.place());
            }
        }
        places
    }

    pub(super) fn plan_ioctl(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = args[0] as i32;
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
            _ => {}
        }
        if site.done > 0 {
            let mut args = changed.unwrap_or(base);
            args[1] = args[1].wrapping_add(site.done);
            args[2] = args[2].wrapping_sub(site.done);
            changed = Some(args);
        }
        if matches!(site.call, libc::SYS_readv | libc::SYS_writev | libc::SYS_preadv | libc::SYS_pwritev)
            && let Some(list) = self.alias_vector(id, base[1], base[2], STRINGS)
        {
            let mut args = changed.unwrap_or(base);
            args[1] = list;
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

    fn zero_time(&self, id: TaskId) -> u64 {
        let _ = memory::write(self.task(id).pid, STRINGS, &[0; 16]);
        STRINGS
    }

    /// A copy of a vector of buffers in which those in protected memory are the alias.
    fn alias_vector(&self, id: TaskId, list: u64, count: u64, at: u64) -> Option<u64> {
        let mut bytes = Vec::new();
        let mut changed = false;
        for index in 0..count.min(64) {
            let base = self.peek_u64(id, list + index * 16).ok()?;
            let len = self.peek_u64(id, list + index * 16 + 8).ok()?;
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

    /// The same for the header of a message.
    fn alias_message(&self, id: TaskId, header: u64) -> Option<u64> {
        const LEN: usize = 56;
        let list = self.peek_u64(id, header + 16).ok()?;
        let count = self.peek_u64(id, header + 24).ok()?;
        let list = self.alias_vector(id, list, count, STRINGS + 256)?;
        let mut bytes = [0u8; LEN];
        self.peek(id, header, &mut bytes).ok()?;
        bytes[16..24].copy_from_slice(&list.to_le_bytes());
        memory::write(self.task(id).pid, STRINGS, &bytes).ok()?;
        Some(STRINGS)
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
            _ => {}
        }
        self.after_path(id, site, result)
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

    pub(super) fn send_signal_again(&self, id: TaskId, signal: i32) {
        send_again(self.process_of(id).pid, self.task(id).pid, signal);
    }
}
