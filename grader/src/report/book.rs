//! The source files that reports quote.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use explorer::{Frame, Step};

use super::clean;
use crate::submission::Sources;

/// Files larger than this are not quoted.
const LIMIT: u64 = 4 << 20;

/// Where the text of source files comes from.
#[derive(Clone, Debug)]
pub enum Book {
    /// A submission's files, as they were taken, under the folder that the compiler was told.
    Submission {
        /// `exercises/04_locks`.
        place: String,
        /// The files.
        sources: Sources,
    },
    /// The files that a program's debug information names, on this machine.
    Disk(Disk),
    /// None: there was no program.
    Empty,
}

/// The files of this machine.
#[derive(Clone, Debug)]
pub struct Disk {
    /// Paths are shown relative to this folder.
    from: PathBuf,
    known: Arc<Mutex<Known>>,
}

/// What has been asked before.
#[derive(Debug, Default)]
struct Known {
    /// The name under which a file is shown, if it is.
    shown: HashMap<String, Option<String>>,
    /// Where those lie that are elsewhere, by that name.
    elsewhere: HashMap<String, PathBuf>,
}

impl Disk {
    /// As seen from a folder.
    pub fn from(folder: PathBuf) -> Self {
        Disk { from: folder, known: Arc::default() }
    }

    /// The name under which a file is shown; `None` for one of a library, and one that is not
    /// here: a line of a text that nobody can read says less than a function's name.
    fn show(&self, file: &str) -> Option<String> {
        let mut known = self.known();
        if let Some(shown) = known.shown.get(file) {
            return shown.clone();
        }
        let shown = self.name(file, &mut known.elsewhere);
        known.shown.insert(file.to_owned(), shown.clone());
        shown
    }

    fn name(&self, file: &str, elsewhere: &mut HashMap<String, PathBuf>) -> Option<String> {
        let path = Path::new(file);
        if is_of_library(file) || !self.from.join(path).is_file() {
            return None;
        }
        if let Ok(inside) = path.strip_prefix(&self.from) {
            return Some(inside.to_string_lossy().into_owned());
        }
        if path.is_relative() {
            return Some(file.to_owned());
        }
        // No absolute paths: they are of this machine. The folder helps to tell two apart.
        let name = path.file_name()?;
        let folder = path.parent().and_then(Path::file_name).map(Path::new);
        let shown = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
        let shown = shown.to_string_lossy().into_owned();
        elsewhere.insert(shown.clone(), path.to_owned());
        Some(shown)
    }

    fn path(&self, shown: &str) -> PathBuf {
        self.known().elsewhere.get(shown).cloned().unwrap_or_else(|| self.from.join(shown))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, relative.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; 0 if unknown.
    pub column: u32,
}

impl Book {
    /// The text of a file that [`Place`] names.
    pub fn text(&self, file: &str) -> Option<String> {
        match self {
            Book::Submission { place, sources } => {
                let inside = file.strip_prefix(place.as_str())?.strip_prefix("/src/")?;
                sources.text(inside).map(str::to_owned)
            }
            Book::Disk(disk) => {
                let mut text = String::new();
                let path = disk.path(file);
                // A FIFO would keep whoever opens it waiting.
                if !fs::metadata(&path).ok()?.is_file() {
                    return None;
                }
                let file = fs::File::open(path).ok()?;
                file.take(LIMIT).read_to_string(&mut text).ok()?;
                Some(text)
            }
            Book::Empty => None,
        }
    }

    /// Where in the program's own source a step was made: the innermost frame that is not a
    /// library's.
    pub fn place(&self, frames: &[Frame]) -> Option<Place> {
        frames.iter().filter(|frame| frame.line > 0).find_map(|frame| {
            let file = self.own_file(&frame.file)?;
            Some(Place { file, line: frame.line, column: frame.column })
        })
    }

    /// The same for a step.
    pub fn place_of(&self, step: Option<&Step>) -> Option<Place> {
        self.place(&step?.frames)
    }

    /// The program's own function in which a step was made that has no line: `deposit+18`, or the
    /// program's file where not even that is known.
    pub fn function(&self, frames: &[Frame]) -> Option<String> {
        if self.place(frames).is_some() {
            return None;
        }
        frames.iter().filter(|frame| !is_beginning(frame)).find_map(|frame| {
            let name = clean::line(frame.function.as_ref()?);
            if frame.line > 0 {
                return (!is_of_library(&frame.file)).then_some(name);
            }
            (!is_library(&frame.file)).then(|| format!("{name}+{}", frame.column))
        })
    }

    /// The program without line information in which a step was made that has no place.
    pub fn program_without_lines<'a>(&self, frames: &'a [Frame]) -> Option<&'a str> {
        if self.place(frames).is_some() {
            return None;
        }
        let own = |frame: &&Frame| match frame.line {
            0 => !is_library(&frame.file) && !is_beginning(frame),
            _ => !is_of_library(&frame.file),
        };
        // One with a line of a text that is not here has been compiled with it.
        frames.iter().find(own).filter(|frame| frame.line == 0).map(|frame| frame.file.as_str())
    }

    fn own_file(&self, file: &str) -> Option<String> {
        match self {
            Book::Submission { place, .. } => {
                // Debug information may put the folder of the compilation before it.
                let start = file.find(&format!("{place}/src/"))?;
                let own = &file[start..];
                self.text(own).is_some().then(|| own.to_owned())
            }
            Book::Disk(disk) => disk.show(file),
            Book::Empty => None,
        }
    }
}

/// Whether a source file is a library's: of the language's own, of the system, or from a
/// registry. People keep programs of their own below `/usr/src` and in folders named `rust`.
fn is_of_library(file: &str) -> bool {
    let system = ["/rustc/", "/usr/include/", "/usr/lib/", "/usr/share/"];
    let anywhere = ["/rustlib/", "/library/std/src/", "/library/core/src/", "/library/alloc/src/", "/registry/src/"];
    system.iter().any(|start| file.starts_with(start)) || anywhere.iter().any(|part| file.contains(part))
}

/// Whether code is from a library, and not a program's own: `libc.so.6`.
fn is_library(file: &str) -> bool {
    file.ends_with(".so") || file.contains(".so.") || file.starts_with('[')
}

/// Whether code is the beginning that each program has, and that nobody wrote.
fn is_beginning(frame: &Frame) -> bool {
    frame.line == 0 && frame.function.as_deref() == Some("_start")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, file: &str, line: u32) -> Frame {
        Frame { function: Some(function.into()), file: file.into(), line, column: 7 }
    }

    /// With a folder that holds `src/main.rs`, named `HERE` in the frames.
    #[track_caller]
    fn check(frames: &[Frame], place: Option<(&str, u32)>, function: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("course/src/main.rs");
        fs::create_dir_all(source.parent().unwrap()).unwrap();
        fs::write(&source, "fn main() {}\n").unwrap();
        let here = folder.path().to_str().unwrap();
        let real = |frame: &Frame| Frame { file: frame.file.replace("HERE", here), ..frame.clone() };
        let frames: Vec<Frame> = frames.iter().map(real).collect();
        let book = Book::Disk(Disk::from(folder.path().join("course")));
        let found = book.place(&frames);
        assert_eq!(found.as_ref().map(|found| (found.file.as_str(), found.line)), place);
        assert_eq!(book.function(&frames).as_deref(), function);
    }

    #[test]
    fn the_innermost_frame_of_the_programs_own_is_where_it_was() {
        let main = frame("main", "HERE/course/src/main.rs", 3);
        check(&[frame("load", "/rustc/abc/core/src/atomic.rs", 9), main.clone()], Some(("src/main.rs", 3)), None);
        check(&[frame("pthread_mutex_lock", "libc.so.6", 0), main], Some(("src/main.rs", 3)), None);
    }

    #[test]
    fn a_librarys_file_is_told_by_where_libraries_lie() {
        for library in [
            "/rustc/abc/library/std/src/sync/poison/rwlock.rs",
            "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/cell.rs",
            "/build/rust/library/std/src/lib.rs",
            "/usr/local/cargo/registry/src/index.crates.io-1949/nix-0.31.3/src/unistd.rs",
            "/usr/include/c++/14/mutex",
        ] {
            assert!(is_of_library(library), "{library}");
        }
        for own in ["/home/me/rust/bank/src/main.rs", "/usr/src/app/src/main.rs", "/srv/rustc/a.rs", "lib/a.c"] {
            assert!(!is_of_library(own), "{own}");
        }
    }

    #[test]
    fn without_lines_the_function_is_named_and_no_library() {
        let frames = [frame("pthread_mutex_lock", "libc.so.6", 0), frame("deposit", "locks", 0)];
        check(&frames, None, Some("deposit+7"));
        check(&[frame("pthread_mutex_lock", "libc.so.6", 0)], None, None);
    }

    #[test]
    fn without_the_source_the_function_is_named_too() {
        check(&[frame("i_get", "/tmp/python-build/Modules/_ctypes/cfield.c", 618)], None, Some("i_get"));
    }

    #[test]
    fn a_file_that_lies_elsewhere_is_shown_without_this_machines_folders() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("a.c");
        fs::write(&source, "int main(void) {}\n").unwrap();
        let book = Book::Disk(Disk::from("/".into()));
        let elsewhere = Book::Disk(Disk::from("/proc".into()));
        let frames = [frame("main", source.to_str().unwrap(), 1)];
        assert!(!elsewhere.place(&frames).unwrap().file.starts_with('/'));
        assert_eq!(elsewhere.place(&frames).unwrap().file.matches('/').count(), 1);
        for book in [book, elsewhere] {
            let place = book.place(&frames).unwrap();
            assert_eq!(book.text(&place.file).as_deref(), Some("int main(void) {}\n"));
        }
    }
}
