//! What is in the files that a program made: reading, writing and cutting them are looks at and
//! changes of the same places as those of the file's mapped memory. Never judges what a change
//! means.

use std::fs::File;
use std::os::unix::fs::FileExt;

use explorer::{Access, AccessKind, Action, Call, Location, ObjectId, TaskId, Touch};

use crate::RunError;
use crate::engine::{Engine, digest};
use crate::objects::{self, Thing};
use crate::task::Site;

use super::arrive::Plan;
use super::{Condition, Deed};

/// Calls that move more bytes than this touch their file as a whole.
const FOLLOWED: u64 = 4096;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Out of the file.
    Out,
    /// Into it.
    In,
}

/// Part of a file that a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// The first byte.
    offset: u64,
    /// How many.
    len: u64,
    /// The size of the file.
    size: u64,
}

impl Part {
    /// The places of `len` bytes, or of none where they are too many to be followed.
    fn words(self, object: ObjectId, len: u64) -> Vec<Location> {
        if len == 0 || len > FOLLOWED {
            return Vec::new();
        }
        let last = self.offset.saturating_add(len - 1) / 8;
        (self.offset / 8..=last).map(|word| Location { object, word }).collect()
    }

    /// How many bytes a read looks at that brings so many. One that finds the end has looked at
    /// the byte that is not there: it counts as zero, like one that was cut off.
    fn looked_at(self, brings: u64) -> u64 {
        brings.max(self.len.min(1))
    }

    /// How many bytes are there to be read.
    fn there(self) -> u64 {
        self.size.saturating_sub(self.offset).min(self.len)
    }
}

/// The place that stands for how long a file is.
fn whole(object: ObjectId) -> Location {
    Location { object, word: Location::WHOLE }
}

/// Stands for looking from a byte of a file on: who reads on does not look again where it has
/// looked, though it be in the same word. Nobody changes it.
fn from(object: ObjectId, offset: u64) -> Location {
    Location { object: ObjectId(digest(&("from", object, offset))), word: 0 }
}

impl Engine<'_> {
    /// A call that reads or writes a file of the program's.
    pub(super) fn plan_contents(&mut self, id: TaskId, call: i64, descriptor: i32, thing: Thing, way: Way) -> Plan {
        let args = self.task(id).registers.args();
        let Some(part) = self.part(id, call, args, descriptor, way) else { return Plan::Through };
        let len = if way == Way::Out { part.looked_at(part.there()) } else { part.len };
        let mut places = part.words(thing.object, len);
        places.push(whole(thing.object));
        if way == Way::Out {
            places.push(from(thing.object, part.offset));
        }
        if uses_position(call) {
            places.extend(self.shared_position(id, descriptor, thing));
        }
        Plan::visible(Deed::Contents { thing, way }, places, Condition::Always)
    }

    fn part(&self, id: TaskId, call: i64, args: [u64; 6], descriptor: i32, way: Way) -> Option<Part> {
        let pid = self.task(id).pid;
        let (position, flags) = objects::position(pid, descriptor)?;
        let size = std::fs::metadata(format!("/proc/{pid}/fd/{descriptor}")).ok()?.len();
        let len = match call {
            libc::SYS_read | libc::SYS_write | libc::SYS_pread64 | libc::SYS_pwrite64 => args[2],
            _ => (0..args[2].min(1024))
                .filter_map(|index| self.peek_u64(id, args[1] + index * 16 + 8).ok())
                .fold(0, u64::saturating_add),
        };
        let offset = if way == Way::In && flags & libc::O_APPEND != 0 {
            size
        } else if uses_position(call) || matches!(call, libc::SYS_preadv2 | libc::SYS_pwritev2) && args[3] == u64::MAX {
            position
        } else {
            args[3]
        };
        Some(Part { offset, len, size })
    }

    /// The place that stands for the position of a descriptor that several processes have from
    /// one opening.
    pub(super) fn shared_position(&self, id: TaskId, descriptor: i32, thing: Thing) -> Option<Location> {
        let own = self.task(id);
        let shared = self.processes.iter().any(|process| {
            process.ended.is_none()
                && process.id != own.process
                && objects::same_opening((own.pid, descriptor), (process.pid, descriptor))
        });
        shared.then(|| Location { object: ObjectId(digest(&("position", thing.object, descriptor))), word: 0 })
    }

    /// Reads or writes, and tells what was read or written.
    pub(super) fn contents(&mut self, id: TaskId, site: &Site, thing: Thing, way: Way) -> Result<(), RunError> {
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = site.args[0] as i32;
        let part = self.part(id, site.call, site.args, descriptor, way);
        let looked = File::open(format!("/proc/{}/fd/{descriptor}", self.task(id).pid)).ok();
        let bytes_at = |offset: u64| {
            let mut bytes = [0u8; 16];
            if let Some(file) = &looked {
                let mut filled = 0;
                while let Ok(more) = file.read_at(&mut bytes[filled..], offset + filled as u64) {
                    if more == 0 {
                        break;
                    }
                    filled += more;
                }
            }
            bytes
        };
        let before = part.map_or([0; 16], |part| bytes_at(part.offset));
        let args = self.vectors_aliased(id, site);
        let Some(result) = self.kernel(id, args)? else { return Ok(()) };
        let object = thing.object;
        let (Some(part), Ok(done)) = (part, u64::try_from(result)) else {
            self.record_at(
                id,
                site.code,
                Action::Call(Call::Other { name: super::name(site.call) }),
                vec![Touch::Read(whole(object))],
            );
            return self.advance(id);
        };
        let position = if uses_position(site.call) { self.shared_position(id, descriptor, thing) } else { None };
        let mut touched: Vec<Touch> = position.into_iter().map(Touch::Write).collect();
        touched.extend(self.buffers_touched(id, site, result));
        let grows = way == Way::In && part.offset + done > part.size;
        let len = if way == Way::Out { part.looked_at(done) } else { done };
        let words = part.words(object, len);
        let followed = !words.is_empty();
        touched.push(if grows || done > FOLLOWED { Touch::Write(whole(object)) } else { Touch::Read(whole(object)) });
        touched
            .extend(words.into_iter().map(|word| if way == Way::Out { Touch::Read(word) } else { Touch::Write(word) }));
        match way {
            Way::In => self.grow_files(done),
            Way::Out => touched.push(Touch::Read(from(object, part.offset))),
        }
        let call = if followed {
            let after = bytes_at(part.offset);
            Call::File(access(
                object,
                part.offset,
                len,
                if way == Way::Out { AccessKind::Load } else { AccessKind::Store },
                if way == Way::Out { after } else { before },
                after,
            ))
        } else if way == Way::Out {
            Call::Receive { object, bytes: done, from: Vec::new() }
        } else {
            Call::Send { object, bytes: done }
        };
        self.record_at(id, site.code, Action::Call(call), touched);
        self.advance(id)
    }

    /// What a call that cuts a file to `len` bytes touches.
    pub(super) fn cut_places(&self, object: ObjectId, size: u64, len: u64) -> Vec<Location> {
        let part = Part { offset: len, len: size.saturating_sub(len), size };
        let mut places = part.words(object, part.len);
        places.push(whole(object));
        places
    }

    /// The first bytes behind `len` of a file, before they are cut off.
    pub(super) fn tail(path: &std::path::Path, len: u64) -> [u8; 16] {
        let mut bytes = [0u8; 16];
        if let Ok(file) = File::open(path) {
            let _ = file.read_at(&mut bytes, len);
        }
        bytes
    }

    /// Tells that a file was cut from `size` to `len` bytes.
    pub(super) fn tell_cut(
        &mut self,
        id: TaskId,
        code: u64,
        object: ObjectId,
        (size, len): (u64, u64),
        tail: [u8; 16],
    ) {
        let part = Part { offset: len, len: size.saturating_sub(len), size };
        let words = part.words(object, part.len);
        let mut touched: Vec<Touch> = words.iter().copied().map(Touch::Write).collect();
        touched.push(Touch::Write(whole(object)));
        let call = if words.is_empty() {
            Call::Send { object, bytes: len.abs_diff(size) }
        } else {
            // whoever cuts a file knows what is there now: nothing
            Call::File(access(object, len, part.len, AccessKind::Exchange, tail, [0; 16]))
        };
        self.record_at(id, code, Action::Call(call), touched);
    }
}

fn access(
    object: ObjectId,
    offset: u64,
    len: u64,
    kind: AccessKind,
    mut before: [u8; 16],
    mut after: [u8; 16],
) -> Access {
    let size = u32::try_from(len).unwrap_or(u32::MAX);
    let known = before.len().min(size as usize);
    before[known..].fill(0);
    after[known..].fill(0);
    Access {
        location: Location { object, word: offset / 8 },
        offset,
        size,
        kind,
        before: u128::from_le_bytes(before),
        after: u128::from_le_bytes(after),
    }
}

/// Whether a call goes on from where the last one on its descriptor ended.
fn uses_position(call: i64) -> bool {
    matches!(call, libc::SYS_read | libc::SYS_write | libc::SYS_readv | libc::SYS_writev)
}
