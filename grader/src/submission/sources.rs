//! Takes a submission's source files. No link is followed at any level, and no file is
//! opened that could block or is no regular one, so a submission cannot make the grader
//! read what is not the submission's.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat};
use rustix::io::Errno;

/// The largest source file, in bytes.
const FILE_LIMIT: u64 = 1 << 20;
/// The most bytes in all.
const TOTAL_LIMIT: usize = 4 << 20;
/// The most files.
const COUNT_LIMIT: usize = 200;
/// The most folders one within another.
const DEPTH_LIMIT: usize = 16;

/// The source files of one program, by their paths under `src`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    files: BTreeMap<String, String>,
}

/// What is wrong with a submission's files: the student's to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Defect {
    /// There is no `src/main.rs`.
    NoMain,
    /// A source file is a link, a FIFO or the like.
    NotRegular(String),
    /// A source file is too large.
    TooLarge(String),
    /// All files together are too large.
    TooLargeTogether,
    /// There are too many files, or folders too deep.
    TooMany,
    /// A source file is not UTF-8.
    NotUtf8 {
        /// Which.
        path: String,
        /// The first line that is not, from 1.
        line: usize,
    },
}

/// A submission's files cannot be read: not the student's doing.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct ReadError {
    /// What was being read.
    pub path: PathBuf,
    /// Why it failed.
    pub source: io::Error,
}

impl Sources {
    /// From a single `main.rs`.
    pub fn of_main(text: impl Into<String>) -> Self {
        Sources { files: BTreeMap::from([("main.rs".to_owned(), text.into())]) }
    }

    /// Paths under `src`, and texts.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Puts another text in a file's place.
    pub fn replace(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), text);
    }
}

/// Reads the sources of the program in `folder`.
///
/// # Errors
/// Where the system refuses to read what is there.
pub fn read(folder: &Path) -> Result<Result<Sources, Defect>, ReadError> {
    let src = folder.join("src");
    let open_folder = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = match openat(CWD, &src, open_folder, Mode::empty()) {
        Ok(root) => root,
        Err(Errno::NOENT) => return Ok(Err(Defect::NoMain)),
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(Err(Defect::NotRegular("src".into()))),
        Err(error) => {
            return Err(ReadError { path: src, source: error.into() });
        }
    };
    let mut taker = Taker { files: BTreeMap::new(), total: 0, folder: src };
    match taker.folder(&root, "", 0) {
        Ok(()) if taker.files.contains_key("main.rs") => Ok(Ok(Sources { files: taker.files })),
        Ok(()) => Ok(Err(Defect::NoMain)),
        Err(Stop::Defect(defect)) => Ok(Err(defect)),
        Err(Stop::Unreadable(error)) => Err(error),
    }
}

enum Stop {
    Defect(Defect),
    Unreadable(ReadError),
}

struct Taker {
    files: BTreeMap<String, String>,
    total: usize,
    folder: PathBuf,
}

impl Taker {
    fn unreadable(&self, path: &str, error: impl Into<io::Error>) -> Stop {
        Stop::Unreadable(ReadError { path: self.folder.join(path), source: error.into() })
    }

    fn folder(&mut self, folder: &OwnedFd, prefix: &str, depth: usize) -> Result<(), Stop> {
        if depth > DEPTH_LIMIT {
            return Err(Stop::Defect(Defect::TooMany));
        }
        let mut names = Vec::new();
        for entry in Dir::read_from(folder).map_err(|error| self.unreadable(prefix, error))? {
            let entry = entry.map_err(|error| self.unreadable(prefix, error))?;
            // rustc names modules in UTF-8, so a file with another name is none.
            if let Ok(name) = entry.file_name().to_str()
                && name != "."
                && name != ".."
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        for name in names {
            self.entry(folder, &name, &format!("{prefix}{name}"), depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, folder: &OwnedFd, name: &str, path: &str, depth: usize) -> Result<(), Stop> {
        // Without NONBLOCK opening a FIFO would wait for a writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let is_source = name.ends_with(".rs");
        let file = match openat(folder, name, flags, Mode::empty()) {
            Ok(file) => file,
            // A link, or a socket.
            Err(Errno::LOOP | Errno::NXIO) if is_source => return Err(Stop::Defect(Defect::NotRegular(path.into()))),
            Err(_) if !is_source => return Ok(()),
            Err(error) => return Err(self.unreadable(path, error)),
        };
        let stat = fstat(&file).map_err(|error| self.unreadable(path, error))?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => self.folder(&file, &format!("{path}/"), depth + 1),
            // a second name of a file may be a name of somebody else's file
            FileType::RegularFile if is_source && stat.st_nlink > 1 => {
                Err(Stop::Defect(Defect::NotRegular(path.into())))
            }
            FileType::RegularFile if is_source => self.file(file, path),
            _ if is_source => Err(Stop::Defect(Defect::NotRegular(path.into()))),
            _ => Ok(()),
        }
    }

    fn file(&mut self, file: OwnedFd, path: &str) -> Result<(), Stop> {
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that grows meanwhile from one that fits.
        let read = std::fs::File::from(file).take(FILE_LIMIT + 1).read_to_end(&mut bytes);
        read.map_err(|error| self.unreadable(path, error))?;
        if bytes.len() as u64 > FILE_LIMIT {
            return Err(Stop::Defect(Defect::TooLarge(path.into())));
        }
        self.total += bytes.len();
        if self.total > TOTAL_LIMIT {
            return Err(Stop::Defect(Defect::TooLargeTogether));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
            Stop::Defect(Defect::NotUtf8 { path: path.into(), line })
        })?;
        self.files.insert(path.into(), text);
        if self.files.len() > COUNT_LIMIT { Err(Stop::Defect(Defect::TooMany)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn check(make: impl Fn(&Path), expected: Result<&[&str], Defect>) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/main.rs"), "fn main() {}").unwrap();
        make(&folder.path().join("src"));
        let read = read(folder.path()).unwrap();
        let found = read.as_ref().map(|sources| sources.files().map(|(path, _)| path).collect::<Vec<_>>());
        assert_eq!(found.map_err(Clone::clone), expected.map(<[_]>::to_vec));
    }

    #[test]
    fn source_files_are_taken_and_others_left() {
        check(
            |src| {
                fs::create_dir(src.join("pool")).unwrap();
                fs::write(src.join("pool/mod.rs"), "").unwrap();
                fs::write(src.join("notes.txt"), "x").unwrap();
            },
            Ok(&["main.rs", "pool/mod.rs"]),
        );
    }

    #[test]
    fn a_link_is_not_followed() {
        check(
            |src| std::os::unix::fs::symlink("/etc/hostname", src.join("secret.rs")).unwrap(),
            Err(Defect::NotRegular("secret.rs".into())),
        );
        check(
            |src| {
                fs::remove_file(src.join("main.rs")).unwrap();
                std::os::unix::fs::symlink("/etc/hostname", src.join("main.rs")).unwrap();
            },
            Err(Defect::NotRegular("main.rs".into())),
        );
        check(|src| std::os::unix::fs::symlink("/etc", src.join("folder")).unwrap(), Ok(&["main.rs"]));
    }

    #[test]
    fn a_second_name_of_a_file_is_not_taken() {
        let make = |src: &Path| {
            let elsewhere = src.parent().unwrap().join("secret");
            fs::write(&elsewhere, "secret").unwrap();
            fs::hard_link(&elsewhere, src.join("secret.rs")).unwrap();
        };
        check(make, Err(Defect::NotRegular("secret.rs".into())));
    }

    #[test]
    fn folders_too_deep_are_refused() {
        let deep = |src: &Path| fs::create_dir_all(src.join("a/".repeat(40))).unwrap();
        check(deep, Err(Defect::TooMany));
    }

    #[test]
    fn a_fifo_does_not_hold_the_grader_up() {
        let make = |src: &Path| {
            rustix::fs::mknodat(CWD, src.join("wait.rs"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        };
        check(make, Err(Defect::NotRegular("wait.rs".into())));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let large = |src: &Path| fs::write(src.join("big.rs"), vec![b' '; FILE_LIMIT as usize + 1]).unwrap();
        check(large, Err(Defect::TooLarge("big.rs".into())));
        let many = |src: &Path| (0..=COUNT_LIMIT).for_each(|n| fs::write(src.join(format!("m{n}.rs")), "").unwrap());
        check(many, Err(Defect::TooMany));
    }

    #[test]
    fn text_in_another_encoding_is_named_with_its_line() {
        check(
            |src| fs::write(src.join("main.rs"), b"fn main() {\n// \xf1\n}").unwrap(),
            Err(Defect::NotUtf8 { path: "main.rs".into(), line: 2 }),
        );
    }

    #[test]
    fn a_program_has_a_main() {
        check(|src| fs::remove_file(src.join("main.rs")).unwrap(), Err(Defect::NoMain));
    }
}
