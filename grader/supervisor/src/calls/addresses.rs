//! Addresses of sockets: names lead into the execution's own folder, abstract ones get a part of
//! its own, and the program is told those that it gave.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use explorer::TaskId;

use crate::RunError;
use crate::engine::Engine;
use crate::machine::scratch;
use crate::memory;
use crate::task::Site;

use super::arrive::Plan;
use super::files::{Use, descriptor, name_place};
use super::{Condition, Deed, Tale};

/// The longest address of a Unix socket: family and name.
const LONGEST_ADDRESS: u32 = 110;

/// Where the kernel tells the length of an address that is lent room.
fn length_room() -> u64 {
    scratch::strings() + 128
}

impl Engine<'_> {
    pub(super) fn plan_address(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        let Some(name) = self.socket_name(id, args) else {
            return Ok(self.plan_plain_on(id, call, descriptor(args[0])));
        };
        let seen = if name.first() == Some(&0) {
            name.clone()
        } else {
            let real = self.real_path(id, None, &name, Use::Changing);
            let asks_names = real.starts_with("/var/run/nscd") || real.starts_with("/run/nscd");
            if !self.names.owns(&real) && (asks_names || std::fs::symlink_metadata(&real).is_err()) {
                return Ok(Plan::fail(libc::ENOENT));
            }
            let (leads, _) = self.leads_to(&real, call, args);
            if !self.names.owns(&leads) {
                return Ok(Plan::Forbidden {
                    what: "connected to a socket that is not its own".into(),
                    errno: libc::EACCES,
                });
            }
            self.names.seen(&real).into_bytes()
        };
        let place = name_place(&seen);
        let descriptor = descriptor(args[0]);
        let pid = self.task(id).pid;
        if let Some(thing) = self.objects.thing(pid, descriptor) {
            if call == libc::SYS_connect {
                self.objects.connecting(place.object, thing.inode);
            } else {
                self.objects.made(pid, descriptor, place.object);
            }
        }
        let (deed, ready) = if call == libc::SYS_connect {
            (Deed::Try(Tale::Plain("connect")), Condition::Always)
        } else {
            (Deed::Try(Tale::Plain("bind")), Condition::Always)
        };
        Ok(Plan::visible(deed, vec![place], ready))
    }

    /// What there is to say against the addresses that a call sends to; `None` where they are the
    /// program's own, or there are none.
    pub(super) fn plan_addressed(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Option<Plan> {
        const MESSAGE: u64 = 64;
        const MOST: u64 = 1024;
        let header = |message: u64| {
            let len = self.peek_u32(id, message.wrapping_add(8)).ok()?;
            Some((self.peek_u64(id, message).ok()?, u64::from(len)))
        };
        let addresses: Vec<(u64, u64)> = match call {
            libc::SYS_sendto => vec![(args[4], args[5])],
            libc::SYS_sendmsg => header(args[1]).into_iter().collect(),
            libc::SYS_sendmmsg => {
                (0..args[2].min(MOST)).map_while(|index| header(args[1].wrapping_add(index * MESSAGE))).collect()
            }
            _ => return None,
        };
        for (address, len) in addresses.into_iter().filter(|(address, _)| *address != 0) {
            let Some(name) = self.socket_name(id, [0, address, len, 0, 0, 0]) else { continue };
            if name.first() != Some(&0) {
                let real = self.real_path(id, None, &name, Use::Changing);
                let (leads, _) = self.leads_to(&real, call, args);
                if !self.names.owns(&leads) {
                    return Some(if std::fs::symlink_metadata(&leads).is_ok() {
                        Plan::Forbidden { what: "sent to a socket that is not its own".into(), errno: libc::EACCES }
                    } else {
                        Plan::fail(libc::ENOENT)
                    });
                }
            }
            if call != libc::SYS_sendto {
                // as it stands there, the name would lead elsewhere
                self.not_modelled(format!("an address given to `{}`", super::name(call)));
                return Some(Plan::fail(libc::EOPNOTSUPP));
            }
        }
        None
    }

    /// The name in a Unix socket's address; an abstract one starts with a zero byte.
    fn socket_name(&self, id: TaskId, args: [u64; 6]) -> Option<Vec<u8>> {
        let len = usize::try_from(args[2]).ok().filter(|len| (2..=110).contains(len))?;
        let mut bytes = vec![0u8; len];
        self.peek(id, args[1], &mut bytes).ok()?;
        if bytes[0] != libc::AF_UNIX as u8 || len == 2 {
            return None;
        }
        let name = &bytes[2..];
        if name[0] == 0 {
            return Some(name.to_vec());
        }
        Some(name.iter().copied().take_while(|byte| *byte != 0).collect())
    }

    pub(super) fn placed_address(&mut self, id: TaskId, site: &Site, base: [u64; 6]) -> Option<[u64; 6]> {
        const LONGEST: usize = 107;
        let at = if site.call == libc::SYS_sendto { 4 } else { 1 };
        let name = self.socket_name(id, if at == 1 { site.args } else { [0, site.args[4], site.args[5], 0, 0, 0] })?;
        let own = if name[0] == 0 {
            // abstract names get a part of the execution's own
            let mut own = vec![0];
            own.extend(self.names.prefix().as_os_str().as_bytes());
            own.extend(&name[1..]);
            own
        } else {
            let real = self.real_path(id, None, &name, Use::Changing);
            if !self.names.owns(&real) {
                return None;
            }
            self.names.used();
            self.names.bring(&real);
            real.into_os_string().into_encoded_bytes()
        };
        if own.len() > LONGEST {
            self.not_modelled("a socket with a long name".into());
            return None;
        }
        let abstract_name = own[0] == 0;
        let mut bytes = (libc::AF_UNIX as u16).to_le_bytes().to_vec();
        bytes.extend(&own);
        if !abstract_name {
            bytes.push(0);
        }
        memory::write(self.task(id).pid, scratch::strings(), &bytes).ok()?;
        let mut args = base;
        args[at] = scratch::strings();
        args[at + 1] = bytes.len() as u64;
        Some(args)
    }

    /// A call that asks for an address: the program is told the one that it gave.
    pub(super) fn tell_address(&mut self, id: TaskId, args: [u64; 6]) -> Result<Plan, RunError> {
        if self.peek_u32(id, args[2]).is_err() {
            return Ok(Plan::fail(libc::EFAULT));
        }
        let lent = self.lend_address(id, args, 1);
        if self.kernel(id, lent)? == Some(0) && lent.is_some() {
            self.give_address(id, args[1], args[2]);
        }
        Ok(Plan::Done)
    }

    /// The arguments of a call that may tell an address, with room of our own for it.
    pub(super) fn lent_address(&mut self, id: TaskId, site: &Site, base: [u64; 6]) -> Option<[u64; 6]> {
        let at = told_at(site.call)?;
        if site.args[at] == 0 || self.peek_u32(id, site.args[at + 1]).is_err() {
            return None;
        }
        self.lend_address(id, base, at)
    }

    fn lend_address(&self, id: TaskId, mut args: [u64; 6], at: usize) -> Option<[u64; 6]> {
        memory::write(self.task(id).pid, length_room(), &LONGEST_ADDRESS.to_le_bytes()).ok()?;
        args[at] = scratch::strings();
        args[at + 1] = length_room();
        Some(args)
    }

    /// Tells the address that came with what a call received, if it asked for one.
    pub(super) fn told_address(&mut self, id: TaskId, site: &Site) {
        if let Some(at) = told_at(site.call).filter(|at| site.args[*at] != 0) {
            self.give_address(id, site.args[at], site.args[at + 1]);
        }
    }

    /// Hands on the address that the kernel wrote into lent room, as far as there is room for it.
    fn give_address(&self, id: TaskId, to: u64, room_at: u64) {
        let pid = self.task(id).pid;
        let (mut len, mut real) = ([0; 4], [0; LONGEST_ADDRESS as usize]);
        let Ok(room) = self.peek_u32(id, room_at) else { return };
        if memory::read(pid, length_room(), &mut len).is_err()
            || memory::read(pid, scratch::strings(), &mut real).is_err()
        {
            return;
        }
        let len = real.len().min(u32::from_le_bytes(len) as usize);
        let seen = self.seen_address(&real[..len]);
        let _ = self.poke(id, to, &seen[..seen.len().min(room as usize)]);
        let _ = self.poke(id, room_at, &(seen.len() as u32).to_le_bytes());
    }

    /// An address as the program gave it.
    fn seen_address(&self, real: &[u8]) -> Vec<u8> {
        const FAMILY: usize = 2;
        let Some((family, name)) = real.split_at_checked(FAMILY).filter(|(_, name)| !name.is_empty()) else {
            return real.to_vec();
        };
        if let Some(name) = name.strip_prefix(b"\0") {
            let own = name.strip_prefix(self.names.prefix().as_os_str().as_bytes()).unwrap_or(name);
            return [family, b"\0", own].concat();
        }
        let name: Vec<u8> = name.iter().copied().take_while(|byte| *byte != 0).collect();
        let seen = self.names.seen(Path::new(OsStr::from_bytes(&name)));
        [family, seen.as_bytes(), b"\0"].concat()
    }
}

/// Where among its arguments a call takes room for an address, its length behind it.
fn told_at(call: i64) -> Option<usize> {
    match call {
        libc::SYS_accept | libc::SYS_accept4 => Some(1),
        libc::SYS_recvfrom => Some(4),
        _ => None,
    }
}
