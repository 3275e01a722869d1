//! Where results go: standard output or a file, with colours or without.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};

use super::args::Color;

/// Prints results.
pub struct Printer {
    to: Target,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    StandardOutput,
    File,
}

enum Target {
    Open(Box<dyn Write>),
    /// The reader has gone: nothing is printed any more, and nothing is wrong.
    Gone,
}

impl Printer {
    /// To `file`, or to standard output.
    pub fn new(file: Option<&Path>, color: Color) -> io::Result<Self> {
        let choice = |terminal: bool| match color {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
            Color::Auto if terminal => AutoStream::choice(&io::stdout()),
            Color::Auto => ColorChoice::Never,
        };
        let to: Box<dyn Write> = match file {
            Some(path) => {
                // A file of any kind can be named here; all are written the same way.
                let file: Box<dyn Write> = Box::new(BufWriter::new(File::create(path)?));
                Box::new(AutoStream::new(file, choice(false)))
            }
            None => {
                let terminal = io::stdout().is_terminal();
                Box::new(AutoStream::new(io::stdout(), choice(terminal)))
            }
        };
        let kind = if file.is_some() { Kind::File } else { Kind::StandardOutput };
        Ok(Printer { to: Target::Open(to), kind })
    }

    /// Whether results go where the reader is.
    pub fn is_standard_output(&self) -> bool {
        self.kind == Kind::StandardOutput
    }

    /// Prints `text` and ends the line.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.text(&format!("{text}\n"))
    }

    /// Prints `text` as it is.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.attempt(|to| to.write_all(text.as_bytes()))
    }

    /// Makes sure that everything has arrived.
    pub fn finish(&mut self) -> io::Result<()> {
        self.attempt(|to| to.flush())
    }

    fn attempt(&mut self, write: impl FnOnce(&mut Box<dyn Write>) -> io::Result<()>) -> io::Result<()> {
        let Target::Open(to) = &mut self.to else { return Ok(()) };
        match write(to) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.to = Target::Gone;
                Ok(())
            }
            result => result,
        }
    }
}
