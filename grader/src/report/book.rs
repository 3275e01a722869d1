//! The source files that reports quote.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use explorer::{Frame, Step};

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
    Disk {
        /// Paths are shown relative to this folder.
        from: PathBuf,
    },
    /// None: there was no program.
    Empty,
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
            Book::Disk { from } => {
                let mut text = String::new();
                let file = fs::File::open(from.join(file)).ok()?;
                if !file.metadata().ok()?.is_file() {
                    return None;
                }
                file.take(LIMIT).read_to_string(&mut text).ok()?;
                Some(text)
            }
            Book::Empty => None,
        }
    }

    /// Where in the program's own source a step was made: the innermost frame that is not a
    /// library's.
    pub fn place(&self, frames: &[Frame]) -> Option<Place> {
        frames.iter().find_map(|frame| {
            let file = self.own_file(&frame.file)?;
            Some(Place { file, line: frame.line, column: frame.column })
        })
    }

    /// The same for a step.
    pub fn place_of(&self, step: Option<&Step>) -> Option<Place> {
        self.place(&step?.frames)
    }

    fn own_file(&self, file: &str) -> Option<String> {
        match self {
            Book::Submission { place, .. } => {
                // Debug information may put the folder of the compilation before it.
                let start = file.find(&format!("{place}/src/"))?;
                let own = &file[start..];
                self.text(own).is_some().then(|| own.to_owned())
            }
            Book::Disk { from } => {
                let library = ["/rustc/", "/.cargo/registry/", "/usr/", "/rust/"];
                if library.iter().any(|part| file.contains(part)) {
                    return None;
                }
                let relative = Path::new(file).strip_prefix(from).map_or(file, |path| path.to_str().unwrap_or(file));
                (!relative.starts_with('/')).then(|| relative.to_owned())
            }
            Book::Empty => None,
        }
    }
}
