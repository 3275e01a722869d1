//! The names that a program makes, kept apart from everybody else's: paths in the temporary
//! folder and in `/dev/shm` lead into a folder of the execution's own, which is looked
//! through afterwards and removed.
//!
//! Where a program starts in a folder of the user's, what it makes or changes there goes into
//! a folder of the execution's own, too: a file of the user's is copied before it is changed.
//!
//! Works without namespaces, on every system where tasks can be traced.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use explorer::{Leftover, LeftoverKind};

use crate::error::system;
use crate::systemv::remove_listed;
use crate::{Files, Program, RunError, Surroundings};

/// What the folders of executions start with; the grader's process id follows.
const PREFIX: &str = "grade.";

/// Lists what an execution has that is not in its folder.
const LIST: &str = "list";

/// Holds what the program reads in place of files that would tell of the supervisor.
const SHOWN: &str = "shown";

/// The folder of one execution. Removed when dropped.
pub(crate) struct Names {
    root: PathBuf,
    /// What can be read of the real temporary folders: the program itself, or all.
    visible: PathBuf,
    /// What can be read elsewhere: files, and all beneath folders.
    readable: Vec<PathBuf>,
    /// How many files were made to be shown.
    shown: Cell<u64>,
    /// Where the program starts.
    folder: PathBuf,
    /// The user's folder that it starts in, if it does.
    given: Option<PathBuf>,
    /// What the program took away there.
    gone: RefCell<HashSet<PathBuf>>,
    /// Whether an execution did something to its folders since they were last empty.
    used: Cell<bool>,
}

/// Where a path given by the program leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into the execution's own folder: the real path.
    Own(Vec<u8>),
    /// To where it says.
    AsGiven,
}

/// What the program sees, and the folder that stands for it.
const SEEN: [(&str, &str); 3] = [("/dev/shm", "s"), ("/tmp", "t"), ("/var/tmp", "v")];

/// What stands for the user's folder that the program starts in.
const WORKING: &str = "w";

impl Names {
    pub(crate) fn new(program: &Program) -> Result<Names, RunError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static SWEPT: Once = Once::new();
        // nobody makes a folder before: one with this process's number would be taken for an old one
        SWEPT.call_once(sweep);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let root = base().join(format!("{PREFIX}{}.{count}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        builder.mode(0o700);
        let _ = fs::remove_dir_all(&root);
        builder.create(&root).map_err(system("making a folder for an execution"))?;
        let (visible, folder, given) = match &program.surroundings {
            Surroundings::Own => (program.path.clone(), root.join("t"), None),
            Surroundings::Given(folder) => ("/".into(), folder.clone(), Some(folder.clone())),
        };
        let readable = match &program.surroundings {
            Surroundings::Own => [Files::system().read, vec![program.path.clone(), "/dev".into()]].concat(),
            Surroundings::Given(_) => vec!["/".into()],
        };
        let gone = RefCell::default();
        let names = Names { root, visible, readable, shown: Cell::new(0), folder, given, gone, used: Cell::new(false) };
        builder.create(names.root.join(WORKING)).map_err(system("making a folder for an execution"))?;
        builder.create(names.shown()).map_err(system("making a folder for an execution"))?;
        for (_, folder) in SEEN {
            builder.create(names.root.join(folder)).map_err(system("making a folder for an execution"))?;
        }
        Ok(names)
    }

    /// The folder that the program starts in.
    pub(crate) fn working_folder(&self) -> &Path {
        &self.folder
    }

    /// The folders that the program may change.
    pub(crate) fn folders(&self) -> impl Iterator<Item = PathBuf> {
        SEEN.iter().map(|(_, folder)| self.root.join(folder)).chain([self.root.join(WORKING)])
    }

    /// Where files lie that the supervisor makes for the program to read.
    pub(crate) fn shown(&self) -> PathBuf {
        self.root.join(SHOWN)
    }

    /// Whether the program has nothing to do with this machine's files.
    pub(crate) fn keeps_to_itself(&self) -> bool {
        self.visible != Path::new("/")
    }

    /// Whether a path that is not the execution's own may be looked at: what may be read, and
    /// the folders on the way there.
    pub(crate) fn readable(&self, path: &Path) -> bool {
        self.readable.iter().any(|known| path.starts_with(known) || known.starts_with(path))
    }

    /// Makes a file with this content for the program to read.
    pub(crate) fn show(&self, content: &[u8]) -> Option<PathBuf> {
        let path = self.next_shown();
        fs::write(&path, content).ok()?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).ok()?;
        Some(path)
    }

    /// Makes a folder with entries of these names.
    pub(crate) fn show_folder(&self, entries: &[String]) -> Option<PathBuf> {
        let path = self.next_shown();
        fs::create_dir(&path).ok()?;
        for entry in entries {
            fs::write(path.join(entry), "").ok()?;
        }
        Some(path)
    }

    /// Few are kept: whoever opened one has it open.
    fn next_shown(&self) -> PathBuf {
        const KEPT: u64 = 64;
        let number = self.shown.get() % KEPT;
        self.shown.set(self.shown.get() + 1);
        let path = self.shown().join(number.to_string());
        if fs::remove_file(&path).is_err() {
            let _ = fs::remove_dir_all(&path);
        }
        path
    }

    /// A name that no other execution has.
    pub(crate) fn prefix(&self) -> &Path {
        &self.root
    }

    /// Where `path` leads a call that only reads: to a real file where the program may see it
    /// and has none of its own by that name.
    pub(crate) fn place_for_reading(&self, path: &[u8]) -> Place {
        let place = self.place(path);
        let Place::Own(real) = &place else { return place };
        let given = Path::new(OsStr::from_bytes(path));
        if self.gone.borrow().contains(given) {
            return place;
        }
        let seen = given.starts_with(&self.visible) || self.visible.starts_with(given);
        // a folder is listed as the user knows it
        if seen && self.in_given(given).is_some() && given.is_dir() {
            return Place::AsGiven;
        }
        if seen && fs::symlink_metadata(OsStr::from_bytes(real)).is_err() && fs::symlink_metadata(given).is_ok() {
            return Place::AsGiven;
        }
        place
    }

    /// Where `path` leads.
    pub(crate) fn place(&self, path: &[u8]) -> Place {
        let path = &without_dots(path);
        let given = Path::new(OsStr::from_bytes(path));
        if let Some(rest) = self.in_given(given) {
            return Place::Own(self.root.join(WORKING).join(rest).into_os_string().into_encoded_bytes());
        }
        for (seen, folder) in SEEN {
            if let Some(rest) = path.strip_prefix(seen.as_bytes())
                && (rest.is_empty() || rest[0] == b'/')
            {
                let mut real = self.root.join(folder).into_os_string().into_encoded_bytes();
                real.extend_from_slice(rest);
                return Place::Own(real);
            }
        }
        Place::AsGiven
    }

    /// The rest of a path in the user's folder that the program starts in.
    fn in_given<'a>(&self, path: &'a Path) -> Option<&'a Path> {
        path.strip_prefix(self.given.as_ref()?).ok().filter(|_| !path.starts_with(&self.root))
    }

    /// Prepares a change of what has this real path: a file of the user's is copied first.
    pub(crate) fn bring(&self, real: &Path) {
        const LARGEST: u64 = 64 << 20;
        let (Some(given), Ok(rest)) = (&self.given, real.strip_prefix(self.root.join(WORKING))) else { return };
        let given = given.join(rest);
        if let (Some(own), Some(theirs)) = (real.parent(), given.parent())
            && theirs.is_dir()
        {
            let _ = fs::create_dir_all(own);
        }
        if fs::symlink_metadata(real).is_ok() || self.gone.borrow().contains(&given) {
            return;
        }
        match fs::metadata(&given) {
            Ok(data) if data.is_file() && data.len() <= LARGEST => {
                let _ = fs::copy(&given, real);
            }
            Ok(data) if data.is_dir() => {
                let _ = fs::create_dir_all(real);
            }
            Ok(_) | Err(_) => {}
        }
    }

    /// The program took away what had this real path.
    pub(crate) fn took_away(&self, real: &Path) {
        if let (Some(given), Ok(rest)) = (&self.given, real.strip_prefix(self.root.join(WORKING))) {
            self.gone.borrow_mut().insert(given.join(rest));
        }
    }

    /// Whether a real path is one of the execution's own.
    pub(crate) fn owns(&self, real: &Path) -> bool {
        self.folders().any(|folder| real.starts_with(folder))
    }

    /// The name by which the program knows a real path.
    pub(crate) fn seen(&self, real: &Path) -> String {
        let given = self.given.as_ref().map(|given| (given.as_path(), WORKING));
        for (seen, folder) in SEEN.into_iter().map(|(seen, folder)| (Path::new(seen), folder)).chain(given) {
            if let Ok(rest) = real.strip_prefix(self.root.join(folder)) {
                if rest.as_os_str().is_empty() {
                    return seen.to_string_lossy().into_owned();
                }
                return seen.join(rest).to_string_lossy().into_owned();
            }
        }
        real.to_string_lossy().into_owned()
    }

    /// Notes what the grader after this one is to remove, should this one be killed.
    pub(crate) fn note(&self, list: &str) {
        let _ = fs::write(self.root.join(LIST), list);
    }

    /// The program is about to do something that may change its folders, or to get hold of one.
    pub(crate) fn used(&self) {
        self.used.set(true);
    }

    /// Removes what an execution left, for the next one. Returns whether the folders are as
    /// they were at first.
    pub(crate) fn clear(&self) -> bool {
        if !self.used.replace(false) {
            return true;
        }
        self.gone.borrow_mut().clear();
        SEEN.iter().map(|(_, folder)| folder).chain([&WORKING]).all(|folder| {
            let folder = self.root.join(folder);
            let Ok(before) = fs::metadata(&folder) else { return false };
            if before.permissions().mode() & 0o777 != 0o700 {
                make_accessible(&folder);
            }
            let Ok(entries) = fs::read_dir(&folder) else { return false };
            let mut was_empty = true;
            for entry in entries {
                was_empty = false;
                let Ok(entry) = entry else { continue };
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    remove(&path);
                } else {
                    let _ = fs::remove_file(&path);
                }
            }
            was_empty || fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_none())
        })
    }

    /// What is there now, sorted.
    pub(crate) fn leftovers(&self) -> Vec<Leftover> {
        let mut found = Vec::new();
        if !self.used.get() {
            return found;
        }
        for (_, folder) in SEEN {
            self.collect(&self.root.join(folder), &mut found);
        }
        found.sort();
        found
    }

    /// How many files and folders there are now, or `enough` if there are more.
    pub(crate) fn count(&self, enough: usize) -> usize {
        let mut folders: Vec<PathBuf> = self.folders().collect();
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                count += 1;
                if count >= enough {
                    return count;
                }
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                }
            }
        }
        count
    }

    fn collect(&self, folder: &Path, found: &mut Vec<Leftover>) {
        // a student may leave any number of files: the first ones tell enough
        const ENOUGH: usize = 100;
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            if found.len() >= ENOUGH {
                return;
            }
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            let name = self.seen(&path);
            let shared = name.strip_prefix("/dev/shm/");
            let (kind, name) = match shared {
                Some(rest) if rest.starts_with("sem.") => (LeftoverKind::Semaphore, format!("/{}", &rest[4..])),
                Some(rest) if kind.is_file() => (LeftoverKind::SharedMemory, format!("/{rest}")),
                _ if kind.is_fifo() => (LeftoverKind::Fifo, name),
                _ if kind.is_socket() => (LeftoverKind::Socket, name),
                _ if kind.is_dir() => (LeftoverKind::Folder, name),
                _ => (LeftoverKind::File, name),
            };
            found.push(Leftover { kind, name });
        }
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        remove(&self.root);
    }
}

/// An absolute path without `.` and `..` and doubled slashes: with them it could lead out of
/// the folder that it seems to lead into. A relative one stays as it is.
pub(crate) fn without_dots(path: &[u8]) -> Vec<u8> {
    if path.first() != Some(&b'/') {
        return path.to_vec();
    }
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let mut plain: Vec<u8> = parts.iter().flat_map(|part| [b"/", *part].concat()).collect();
    // with a slash at its end it must be a folder
    if plain.is_empty() || path.ends_with(b"/") || path.ends_with(b"/.") || path.ends_with(b"/..") {
        plain.push(b'/');
    }
    plain
}

/// Removes a folder even where the program took away the right to look into parts of it.
fn remove(root: &Path) {
    if fs::remove_dir_all(root).is_ok() {
        return;
    }
    make_accessible(root);
    let _ = fs::remove_dir_all(root);
}

fn make_accessible(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            make_accessible(&entry.path());
        }
    }
}

/// Shared memory is fastest where the system keeps it.
fn base() -> PathBuf {
    let shared = Path::new("/dev/shm");
    let base = if shared.is_dir() { shared.into() } else { std::env::temp_dir() };
    // paths with links in them are not those that the kernel tells of
    fs::canonicalize(&base).unwrap_or(base)
}

/// Removes what graders left that were killed.
fn sweep() {
    let Ok(entries) = fs::read_dir(base()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let Some(owner) = rest.split('.').next().and_then(|pid| pid.parse::<i32>().ok()) else { continue };
        let alive = match nix::sys::signal::kill(nix::unistd::Pid::from_raw(owner), None) {
            Ok(()) | Err(nix::Error::EPERM) => true,
            Err(_) => false,
        };
        if !alive || owner == std::process::id().cast_signed() {
            if let Ok(list) = fs::read_to_string(entry.path().join(LIST)) {
                remove_listed(&list);
            }
            remove(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        assert_eq!(String::from_utf8(without_dots(path.as_bytes())).unwrap(), expected);
    }

    #[test]
    fn no_path_leads_out_of_its_folder_by_dots() {
        check("/tmp/../etc/passwd", "/etc/passwd");
        check("/tmp/./a//b/../c", "/tmp/a/c");
        check("/../../..", "/");
        check("/tmp/", "/tmp/");
        check("a/../b", "a/../b");
    }
}
