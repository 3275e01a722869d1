//! What to run, and how much of it.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::Confinement;

/// A program with its arguments and its input.
#[derive(Clone, Debug)]
pub struct Program {
    /// The executable file.
    pub path: PathBuf,
    /// The arguments, without the program's own name.
    pub args: Vec<OsString>,
    /// Standard input.
    pub input: Vec<u8>,
    /// Which files it finds around it.
    pub surroundings: Surroundings,
}

/// Which files a program finds around it. Whatever it makes in the temporary folders and in
/// `/dev/shm` is the execution's own, and gone afterwards, in both cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surroundings {
    /// It starts in an empty temporary folder of its own.
    Own,
    /// It starts in this folder, and can read what the user can.
    Given(PathBuf),
}

/// The limits of one execution. Counts and the tasks' own processor time: a loaded machine
/// changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Steps.
    pub steps: u64,
    /// Processor time of all tasks together, in milliseconds.
    pub processor_time: u64,
    /// Bytes of output.
    pub output: u64,
    /// Tasks at once.
    pub tasks: u32,
    /// Bytes of memory that all processes together may have in use.
    pub memory: u64,
    /// Bytes of files that the program may write.
    pub files: u64,
    /// How firmly it is kept from all that is not its own.
    pub confinement: Confinement,
    /// What the scheduler is offered to make fail.
    pub faults: explorer::Faults,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 400_000,
            processor_time: 2_000,
            output: 1 << 20,
            tasks: 256,
            memory: 1 << 30,
            files: 64 << 20,
            confinement: Confinement::Best,
            faults: explorer::Faults::NONE,
        }
    }
}

/// Whether to record the call stack of each step, in source lines. Recording is slow, and
/// for replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stacks {
    /// No.
    Omitted,
    /// Yes.
    Recorded,
}
