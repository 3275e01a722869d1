//! Calls that take names: those in the temporary folders and in `/dev/shm` lead into the
//! execution's own folder, and nothing else can be changed.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use explorer::{Action, Call, Location, ObjectId, TaskId, Touch};

use crate::RunError;
use crate::engine::{Engine, digest};
use crate::machine::scratch;
use crate::memory;
use crate::names::{Place, without_dots};
use crate::objects::{Birth, Blocking, Kind, Side};
use crate::task::{Reader, Site};

use super::arrive::Plan;
use super::{Condition, Deed, NameEffect, Tale};

/// Where a call's names are among its arguments, each behind the folder that it is relative to.
struct Names {
    /// Argument of the folder's descriptor (if the call has one), argument of the name.
    names: &'static [(Option<usize>, usize)],
    /// What the call does with them.
    changes: bool,
}

fn names_of(call: i64) -> Option<Names> {
    let (names, changes): (&'static [(Option<usize>, usize)], bool) = match call {
        libc::SYS_open => (&[(None, 0)], false),
        libc::SYS_creat
        | libc::SYS_unlink
        | libc::SYS_rmdir
        | libc::SYS_mkdir
        | libc::SYS_mknod
        | libc::SYS_chmod
        | libc::SYS_chown
        | libc::SYS_lchown
        | libc::SYS_utime
        | libc::SYS_utimes
        | libc::SYS_setxattr
        | libc::SYS_lsetxattr
        | libc::SYS_removexattr
        | libc::SYS_lremovexattr
        | libc::SYS_truncate => (&[(None, 0)], true),
        libc::SYS_rename | libc::SYS_link => (&[(None, 0), (None, 1)], true),
        libc::SYS_symlink => (&[(None, 1)], true),
        libc::SYS_openat => (&[(Some(0), 1)], false),
        libc::SYS_unlinkat
        | libc::SYS_mkdirat
        | libc::SYS_mknodat
        | libc::SYS_fchmodat
        | libc::SYS_utimensat
        | libc::SYS_futimesat
        | libc::SYS_fchownat => (&[(Some(0), 1)], true),
        libc::SYS_renameat | libc::SYS_renameat2 | libc::SYS_linkat => (&[(Some(0), 1), (Some(2), 3)], true),
        libc::SYS_symlinkat => (&[(Some(1), 2)], true),
        libc::SYS_stat
        | libc::SYS_lstat
        | libc::SYS_access
        | libc::SYS_readlink
        | libc::SYS_statfs
        | libc::SYS_chdir
        | libc::SYS_getxattr
        | libc::SYS_lgetxattr
        | libc::SYS_listxattr
        | libc::SYS_llistxattr
        | libc::SYS_execve => (&[(None, 0)], false),
        libc::SYS_newfstatat
        | libc::SYS_statx
        | libc::SYS_faccessat
        | libc::SYS_faccessat2
        | libc::SYS_readlinkat
        | libc::SYS_execveat => (&[(Some(0), 1)], false),
        _ => return None,
    };
    Some(Names { names, changes })
}

impl Engine<'_> {
    pub(super) fn peek_path(&self, id: TaskId, address: u64) -> Option<Vec<u8>> {
        memory::read_string(address, |at, into| self.peek(id, at, into))
    }

    pub(super) fn plan_path(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Plan, RunError> {
        let Some(names) = names_of(call) else { return Ok(Plan::Through) };
        let flags = flags_of(call, args);
        let writes = writes(call, args);
        let effect = match call {
            libc::SYS_open | libc::SYS_openat | libc::SYS_creat => NameEffect::Opens,
            _ if names.changes => NameEffect::Changes,
            _ => NameEffect::Looks,
        };
        let mut own = false;
        let (mut places, mut folders) = (Vec::new(), Vec::new());
        for (folder, index) in names.names {
            let Some(name) = self.peek_path(id, args[*index]) else { continue };
            if name.is_empty() {
                continue;
            }
            let folder = folder.map(|folder| descriptor(args[folder]));
            let plain = self.named(id, folder, &name);
            if hides_the_machine(&plain) {
                return Ok(Plan::fail(libc::ENOENT));
            }
            let changes = names.changes || writes;
            if let Some(plan) = self.plan_about(id, call, args, *index, &plain, changes)? {
                return Ok(plan);
            }
            let real = self.real_path(id, folder, &name, use_of(changes));
            let (leads, follows) = self.leads_to(&real, call, args);
            if self.names.owns(&leads) {
                own = true;
                self.count_names(call, flags, &leads);
                places.push(name_place(self.names.seen(&real).as_bytes()));
                if let Some(folder) = real.parent().filter(|folder| self.names.owns(folder)) {
                    folders.push(folder_place(self.names.seen(folder).as_bytes()));
                }
            } else if changes && !harmless(&plain) {
                let what = String::from_utf8_lossy(&name).chars().take(200).collect::<String>();
                return Ok(Plan::Forbidden {
                    what: format!("tried to change `{what}`, outside of the temporary folder"),
                    errno: libc::EACCES,
                });
            } else if !self.names.readable(&leads) && !is_descriptor(&plain) {
                return Ok(Plan::fail(match follows {
                    Follows::Link => libc::EACCES,
                    Follows::Nothing => libc::ENOENT,
                }));
            }
        }
        if !own {
            return Ok(Plan::Through);
        }
        if effect == NameEffect::Looks {
            folders.clear();
        } else {
            self.names.used();
        }
        let tale = Tale::Names(super::Names { names: places.clone(), folders: folders.clone(), effect });
        places.extend(folders);
        if let Some(cut) = self.cut_by(id, call, args) {
            places.extend(self.cut_places(cut.object, cut.size, cut.len));
        }
        let waits =
            flags & libc::O_ACCMODE != libc::O_RDWR && flags & libc::O_NONBLOCK == 0 && self.is_fifo(id, call, args);
        let ready = if waits { Condition::OtherEnd } else { Condition::Always };
        let tale = if waits { Tale::Plain("open") } else { tale };
        Ok(Plan::visible(Deed::Try(tale), places, ready))
    }

    /// What the call that a task stands at cuts off a file's end.
    fn cut_by(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Option<Cut> {
        let (path, len) = match call {
            libc::SYS_ftruncate => {
                (PathBuf::from(format!("/proc/{}/fd/{}", self.task(id).pid, descriptor(args[0]))), args[1])
            }
            libc::SYS_open | libc::SYS_openat | libc::SYS_creat | libc::SYS_truncate => {
                if call != libc::SYS_truncate && call != libc::SYS_creat && flags_of(call, args) & libc::O_TRUNC == 0 {
                    return None;
                }
                let (folder, index) = if call == libc::SYS_openat { (Some(descriptor(args[0])), 1) } else { (None, 0) };
                let name = self.peek_path(id, args[index])?;
                let len = if call == libc::SYS_truncate { args[1] } else { 0 };
                (self.real_path(id, folder, &name, Use::Changing), len)
            }
            _ => return None,
        };
        let data = std::fs::metadata(&path).ok().filter(|data| data.is_file())?;
        let object = self.objects.file_at(&path)?;
        Some(Cut { object, size: data.len(), len, tail: Self::tail(&path, len) })
    }

    /// What is to be known of a call's names before it is made.
    pub(super) fn look_at_names(&mut self, id: TaskId, site: &Site) -> Before {
        let existed = match names_of(site.call) {
            Some(names) if matches!(site.deed, Deed::Try(Tale::Names(_))) => names
                .names
                .iter()
                .filter_map(|(folder, index)| {
                    let name = self.peek_path(id, site.args[*index])?;
                    let folder = folder.map(|folder| descriptor(site.args[folder]));
                    let real = self.real_path(id, folder, &name, Use::Changing);
                    Some(std::fs::symlink_metadata(real).is_ok())
                })
                .all(|there| there),
            Some(_) | None => true,
        };
        Before { birth: if existed { Birth::Before } else { Birth::Now }, cut: self.cut_by(id, site.call, site.args) }
    }

    /// What became of a call's names, and of what was in the file that it cut.
    pub(super) fn tell_names(&mut self, id: TaskId, site: &Site, result: i64, before: Before) -> Result<(), RunError> {
        let Deed::Try(tale) = &site.deed else { return Ok(()) };
        if let Tale::Names(names) = tale {
            let changed = result >= 0
                && match names.effect {
                    NameEffect::Looks => false,
                    NameEffect::Changes => true,
                    NameEffect::Opens => before.birth == Birth::Now,
                };
            let name = |place| if changed { Touch::Write(place) } else { Touch::Read(place) };
            let folders = names.folders.iter().copied().map(Touch::Read);
            let touched = names.names.iter().copied().map(name).chain(folders).collect();
            self.record_at(id, site.code, Action::Call(Call::Other { name: super::name(site.call) }), touched);
            if changed {
                self.progress.memory_changed();
                self.take_away(id, site);
            }
        }
        if let Some(cut) = before.cut
            && result >= 0
            && cut.size != cut.len
        {
            self.tell_cut(id, site.code, cut.object, (cut.size, cut.len), cut.tail);
        }
        self.after_path(id, site, result, before.birth)
    }

    fn is_fifo(&self, id: TaskId, call: i64, args: [u64; 6]) -> bool {
        use std::os::unix::fs::FileTypeExt;
        let (folder, index) = match call {
            libc::SYS_open => (None, 0),
            libc::SYS_openat => (Some(0), 1),
            _ => return false,
        };
        let Some(name) = self.peek_path(id, args[index]) else { return false };
        let real = self.real_path(id, folder.map(|folder: usize| descriptor(args[folder])), &name, Use::Changing);
        std::fs::metadata(real).is_ok_and(|data| data.file_type().is_fifo())
    }

    /// Where a name really leads, links not followed.
    pub(super) fn real_path(&self, id: TaskId, folder: Option<i32>, name: &[u8], wanted: Use) -> PathBuf {
        let name = self.named(id, folder, name);
        let place = match wanted {
            Use::Reading => self.names.place_for_reading(&name),
            Use::Changing => self.names.place(&name),
        };
        match place {
            Place::Own(real) => PathBuf::from(OsStr::from_bytes(&real)),
            Place::AsGiven => PathBuf::from(OsStr::from_bytes(&name)),
        }
    }

    /// Counts the files that there are at once: many small ones cost as much as a large one.
    fn count_names(&mut self, call: i64, flags: i32, path: &Path) {
        const MOST: usize = 4096;
        let is_there = std::fs::symlink_metadata(path).is_ok();
        match call {
            libc::SYS_unlink | libc::SYS_unlinkat | libc::SYS_rmdir if is_there => {
                self.named = self.named.saturating_sub(1);
            }
            libc::SYS_creat
            | libc::SYS_mkdir
            | libc::SYS_mkdirat
            | libc::SYS_mknod
            | libc::SYS_mknodat
            | libc::SYS_symlink
            | libc::SYS_symlinkat
                if !is_there =>
            {
                self.named += 1;
            }
            libc::SYS_open | libc::SYS_openat if !is_there && flags & libc::O_CREAT != 0 => self.named += 1,
            _ => {}
        }
        // what only wanted to be made, or was replaced, was counted as well
        if self.named > MOST {
            self.named = self.names.count(MOST + 1);
        }
        if self.named > MOST {
            self.forbid(format!("had more than {MOST} files at once"));
            self.limit = Some(explorer::Limit::Files(self.limits.files));
        }
    }

    /// Where a path leads when links are followed as the call follows them. A link of the
    /// program's own could lead anywhere; nobody else changes it meanwhile.
    pub(super) fn leads_to(&self, real: &Path, call: i64, args: [u64; 6]) -> (PathBuf, Follows) {
        if !self.names.owns(real) {
            return (real.to_owned(), Follows::Nothing);
        }
        let beside = || {
            let (folder, name) = (real.parent()?, real.file_name()?);
            Some(std::fs::canonicalize(folder).ok()?.join(name))
        };
        let whole = || if follows_last(call, args) { std::fs::canonicalize(real).ok() } else { None };
        let leads = whole().or_else(|| {
            let is_link = std::fs::symlink_metadata(real).is_ok_and(|data| data.is_symlink());
            // a link to what is not there yet: whatever it names
            if is_link && follows_last(call, args) {
                let named = real.parent()?.join(std::fs::read_link(real).ok()?);
                Some(PathBuf::from(OsStr::from_bytes(&without_dots(named.as_os_str().as_bytes()))))
            } else {
                beside()
            }
        });
        let leads = leads.unwrap_or_else(|| real.to_owned());
        let follows = if leads == real { Follows::Nothing } else { Follows::Link };
        (leads, follows)
    }

    /// A name as an absolute path without dots, by the names that the program knows.
    fn named(&self, id: TaskId, folder: Option<i32>, name: &[u8]) -> Vec<u8> {
        if name.first() == Some(&b'/') {
            return without_dots(name);
        }
        let base = self.base(id, folder);
        // dots are resolved as far as they can be without looking at links
        let mut path = self.names.seen(&base).into_bytes();
        path.push(b'/');
        path.extend_from_slice(name);
        without_dots(&path)
    }

    /// The real folder that relative names are relative to.
    fn base(&self, id: TaskId, folder: Option<i32>) -> PathBuf {
        let pid = self.task(id).pid;
        let base = match folder {
            None | Some(libc::AT_FDCWD) => format!("/proc/{pid}/cwd"),
            Some(descriptor) => format!("/proc/{pid}/fd/{descriptor}"),
        };
        std::fs::read_link(base).unwrap_or_default()
    }

    /// Whether the kernel comes to the real path by the name as it stands: by a plain relative
    /// one, where the folder is the execution's own. From `/`, `tmp/x` leads elsewhere.
    fn leads_by_itself(&self, id: TaskId, folder: Option<i32>, name: &[u8], real: &Path) -> bool {
        name.first() != Some(&b'/')
            && !name.split(|byte| *byte == b'/').any(|part| part == b"..")
            && self.base(id, folder).join(OsStr::from_bytes(name)) == real
    }

    /// The arguments with names that lead into the execution's own folder written out.
    pub(super) fn placed_arguments(
        &mut self,
        id: TaskId,
        site: &Site,
        base: [u64; 6],
    ) -> Result<Option<[u64; 6]>, RunError> {
        let mut args = base;
        let mut changed = false;
        match site.call {
            libc::SYS_bind | libc::SYS_connect | libc::SYS_sendto => return Ok(self.placed_address(id, site, base)),
            libc::SYS_accept | libc::SYS_accept4 | libc::SYS_recvfrom => return Ok(self.lent_address(id, site, base)),
            _ => {}
        }
        let mut at = scratch::strings();
        let Some(names) = names_of(site.call) else { return Ok(None) };
        let changes = names.changes || writes(site.call, site.args);
        for (folder, index) in names.names {
            let Some(name) = self.peek_path(id, site.args[*index]).filter(|name| !name.is_empty()) else { continue };
            let folder = folder.map(|folder| descriptor(site.args[folder]));
            let real = self.real_path(id, folder, &name, use_of(changes));
            if !self.names.owns(&real) {
                continue;
            }
            if changes {
                self.names.bring(&real);
            }
            if !self.leads_by_itself(id, folder, &name, &real) {
                let mut real = real.into_os_string().into_encoded_bytes();
                // a name that ends so wants a folder
                if self.named(id, folder, &name).ends_with(b"/") && !real.ends_with(b"/") {
                    real.push(b'/');
                }
                real.push(0);
                if at + real.len() as u64 > scratch::strings() + scratch::STRINGS_LEN {
                    break;
                }
                let _ = memory::write(self.task(id).pid, at, &real);
                args[*index] = at;
                at += real.len() as u64;
                changed = true;
            }
        }
        if self.is_fifo(id, site.call, site.args) {
            let index = if site.call == libc::SYS_open { 1 } else { 2 };
            args[index] |= libc::O_NONBLOCK as u64;
            changed = true;
        }
        Ok(changed.then_some(args))
    }

    /// What follows from opening: a file of the program's own is known by its name.
    fn after_path(&mut self, id: TaskId, site: &Site, result: i64, birth: Birth) -> Result<(), RunError> {
        if result < 0 || !matches!(site.call, libc::SYS_open | libc::SYS_openat | libc::SYS_creat) {
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let descriptor = result as i32;
        let pid = self.task(id).pid;
        if flags_of(site.call, site.args) & libc::O_TMPFILE == libc::O_TMPFILE {
            // a file without a name: the kernel's number for it differs from execution to execution
            let object = self.next_object(id);
            self.objects.made(pid, descriptor, object);
            return Ok(());
        }
        let name = self.opened_name(id, descriptor);
        self.objects.opened(pid, descriptor, name.as_bytes(), birth);
        Ok(())
    }

    /// A FIFO was opened, without waiting in the kernel. Returns what the task waits for now,
    /// if it would have waited.
    pub(super) fn after_fifo(&mut self, id: TaskId, site: &Site, result: i64) -> Option<Reader> {
        if result < 0 || !matches!(site.call, libc::SYS_open | libc::SYS_openat) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a descriptor")]
        let fifo = self.thing(id, result as i32).filter(|thing| thing.kind == Kind::Pipe)?;
        let flags = flags_of(site.call, site.args);
        let mode = flags & libc::O_ACCMODE;
        if flags & libc::O_NONBLOCK != 0 {
            for side in [Side::Reading, Side::Writing] {
                self.objects.set_nonblocking(fifo.inode, side, Blocking::No);
            }
        }
        if mode != libc::O_RDONLY {
            self.objects.opened_for_writing(fifo.inode);
            return None;
        }
        let waits = site.ready == Condition::OtherEnd && self.holders(&fifo, Side::Writing).is_empty();
        waits.then(|| Reader { fifo, writers: self.objects.writers_of(fifo.inode) })
    }

    fn opened_name(&self, id: TaskId, descriptor: i32) -> String {
        let link = std::fs::read_link(format!("/proc/{}/fd/{descriptor}", self.task(id).pid)).unwrap_or_default();
        self.names.seen(&link)
    }

    pub(super) fn plan_file(&mut self, id: TaskId, call: i64, descriptor: i32) -> Plan {
        let args = self.task(id).registers.args();
        match self.thing(id, descriptor) {
            Some(thing) if matches!(thing.kind, Kind::File | Kind::Input) => {
                let look = |places| Plan::visible(Deed::Try(Tale::Looks(super::name(call))), places, Condition::Always);
                match call {
                    libc::SYS_lseek => {
                        let shared = self.shared_position(id, descriptor, thing);
                        #[expect(clippy::cast_possible_truncation, reason = "an int argument")]
                        let from_end = args[2] as i32 != libc::SEEK_SET && args[2] as i32 != libc::SEEK_CUR;
                        match (shared, from_end) {
                            (Some(position), _) => {
                                let places = vec![position, thing.place()];
                                Plan::visible(Deed::Try(Tale::Plain("lseek")), places, Condition::Always)
                            }
                            (None, true) => look(vec![thing.place()]),
                            (None, false) => Plan::Through,
                        }
                    }
                    libc::SYS_fstat => look(vec![thing.place()]),
                    libc::SYS_ftruncate => {
                        let cut = self.cut_by(id, call, args);
                        let places = cut.map(|cut| self.cut_places(cut.object, cut.size, cut.len));
                        let places = places.unwrap_or_else(|| vec![thing.place()]);
                        Plan::visible(Deed::Try(Tale::Looks("ftruncate")), places, Condition::Always)
                    }
                    libc::SYS_fallocate => {
                        self.grow_files(args[3]);
                        Plan::visible(Deed::Try(Tale::Plain("fallocate")), vec![thing.place()], Condition::Always)
                    }
                    _ => Plan::Through,
                }
            }
            Some(thing) if matches!(thing.kind, Kind::Output(_)) && call == libc::SYS_ftruncate => {
                Plan::fail(libc::EINVAL)
            }
            Some(_) | None => Plan::Through,
        }
    }

    /// Notes the names that a call took away.
    fn take_away(&self, id: TaskId, site: &Site) {
        let (folder, index) = match site.call {
            libc::SYS_unlink | libc::SYS_rmdir | libc::SYS_rename => (None, 0),
            libc::SYS_unlinkat | libc::SYS_renameat | libc::SYS_renameat2 => (Some(0), 1),
            _ => return,
        };
        if let Some(name) = self.peek_path(id, site.args[index]) {
            let folder = folder.map(|folder: usize| descriptor(site.args[folder]));
            let real = self.real_path(id, folder, &name, Use::Changing);
            self.names.took_away(&real);
        }
    }

    /// The place of a folder's list, if that is what a descriptor leads to.
    pub(super) fn listed_folder(&self, id: TaskId, descriptor: i32) -> Option<Location> {
        let real = std::fs::read_link(format!("/proc/{}/fd/{descriptor}", self.task(id).pid)).ok()?;
        self.names.owns(&real).then(|| folder_place(self.names.seen(&real).as_bytes()))
    }
}

/// What is known of a call's names before it is made.
pub(super) struct Before {
    birth: Birth,
    cut: Option<Cut>,
}

/// What a call cuts off a file.
struct Cut {
    object: ObjectId,
    size: u64,
    len: u64,
    tail: [u8; 16],
}

/// Whether a path leads elsewhere by a link of the program's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    Link,
    Nothing,
}

/// Whether a call follows a link that its name ends with.
fn follows_last(call: i64, args: [u64; 6]) -> bool {
    let flags = |index: usize| descriptor(args[index]);
    match call {
        libc::SYS_open | libc::SYS_openat => {
            let flags = flags_of(call, args);
            let new = libc::O_CREAT | libc::O_EXCL;
            flags & libc::O_NOFOLLOW == 0 && flags & new != new
        }
        libc::SYS_newfstatat => flags(3) & libc::AT_SYMLINK_NOFOLLOW == 0,
        libc::SYS_statx => flags(2) & libc::AT_SYMLINK_NOFOLLOW == 0,
        libc::SYS_creat
        | libc::SYS_truncate
        | libc::SYS_chmod
        | libc::SYS_fchmodat
        | libc::SYS_utimensat
        | libc::SYS_utime
        | libc::SYS_utimes
        | libc::SYS_futimesat
        | libc::SYS_chown
        | libc::SYS_fchownat
        | libc::SYS_setxattr
        | libc::SYS_removexattr
        | libc::SYS_getxattr
        | libc::SYS_listxattr
        | libc::SYS_stat
        | libc::SYS_access
        | libc::SYS_faccessat
        | libc::SYS_faccessat2
        | libc::SYS_statfs
        | libc::SYS_chdir
        | libc::SYS_execve
        | libc::SYS_execveat
        | libc::SYS_connect
        | libc::SYS_sendto
        | libc::SYS_sendmsg
        | libc::SYS_sendmmsg => true,
        // these are about the link itself
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the kernel looks at the low half")]
pub(super) fn descriptor(arg: u64) -> i32 {
    arg as i32
}

/// Names of what the program has open.
fn is_descriptor(name: &[u8]) -> bool {
    name.starts_with(b"/dev/")
}

/// What a name is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Reading,
    Changing,
}

fn use_of(changes: bool) -> Use {
    if changes { Use::Changing } else { Use::Reading }
}

/// The flags of an opening call.
#[expect(clippy::cast_possible_truncation, reason = "an int argument")]
fn flags_of(call: i64, args: [u64; 6]) -> i32 {
    match call {
        libc::SYS_open => args[1] as i32,
        libc::SYS_openat => args[2] as i32,
        _ => 0,
    }
}

/// Whether an opening call may change what it opens.
fn writes(call: i64, args: [u64; 6]) -> bool {
    let flags = flags_of(call, args);
    flags & libc::O_ACCMODE != libc::O_RDONLY || flags & (libc::O_CREAT | libc::O_TRUNC) != 0
}

/// The place that stands for a name: whether something has it, and what.
pub(super) fn name_place(name: &[u8]) -> Location {
    Location { object: ObjectId(digest(&("named", name))), word: Location::WHOLE }
}

/// The place that stands for the list of what is in a folder. Whoever reads the list counts as
/// one who changes it, and whoever changes one name as one who looks: so names do not get in
/// each other's way.
fn folder_place(name: &[u8]) -> Location {
    Location { object: ObjectId(digest(&("folder", name))), word: Location::WHOLE }
}

/// Names through which a program would see how many processors it is allowed on this machine,
/// or that it is traced.
fn hides_the_machine(name: &[u8]) -> bool {
    name.starts_with(b"/sys/fs/cgroup") || name.ends_with(b"/cgroup") || name.starts_with(b"/sys/devices/system/cpu")
}

/// Devices that swallow or give.
fn harmless(name: &[u8]) -> bool {
    matches!(name, b"/dev/null" | b"/dev/zero" | b"/dev/full" | b"/dev/tty") || name.starts_with(b"/dev/fd/")
}
