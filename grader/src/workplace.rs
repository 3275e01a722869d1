//! The grader's own folder, `target/grade`: what is where, and files that appear whole or
//! not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The grader's folder.
#[derive(Clone, Debug)]
pub struct Workplace {
    root: PathBuf,
}

/// Something in the grader's own folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{what} {}: {source}", path.display())]
pub struct WorkplaceError {
    /// What was tried, as a fragment.
    pub what: &'static str,
    /// With which file or folder.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

/// Holds a folder for one process; gives it back when dropped.
#[derive(Debug)]
pub struct Hold {
    _file: fs::File,
}

impl Workplace {
    /// The folder `root`, made when it is first needed.
    pub fn new(root: PathBuf) -> Self {
        Workplace { root }
    }

    /// Where the course's dependencies are built.
    pub fn dependencies(&self) -> PathBuf {
        self.root.join("deps")
    }

    /// Where programs are built.
    pub fn programs(&self) -> PathBuf {
        self.root.join("build")
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Makes an error of this module out of the system's.
pub(crate) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WorkplaceError {
    let path = path.to_owned();
    move |source| WorkplaceError { what, path, source }
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), WorkplaceError> {
    fs::create_dir_all(path).map_err(failed("cannot make the folder", path))
}

/// Writes a file so that nobody ever reads half of it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), WorkplaceError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(failed("cannot write", path))
}

/// Waits until no other process holds `folder`, and holds it.
pub(crate) fn hold(folder: &Path) -> Result<Hold, WorkplaceError> {
    make_folder(folder)?;
    let path = folder.join(".lock");
    let open = || {
        let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    };
    open().map(|file| Hold { _file: file }).map_err(failed("cannot lock", &path))
}
