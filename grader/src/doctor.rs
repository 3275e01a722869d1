//! What this machine offers to the grader, found out by trying.

use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::thread;

use rustix::fs::statvfs;
use supervisor::{Confinement, Limits, Program, Surroundings};

use crate::build::Toolchain;
use crate::session;

/// Something that the grader needs or can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Linux on x86-64: a given, where this runs at all.
    System,
    /// A program can be run under the grader.
    Ptrace,
    /// Programs can be stopped at their system calls.
    Seccomp,
    /// Files can be kept from programs.
    Landlock,
    /// Names can be kept apart.
    Namespaces,
    /// The layers that a graded program has around it.
    Confinement,
    /// So many topics can be graded at once.
    Cores,
    /// There is a compiler.
    Rustc,
    /// There is room for what is built.
    Disk,
}

/// How it stands with a need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Fine(Facts),
    /// It is not there, and the grader does with less.
    Weaker(Facts),
    /// It is not there, and the grader cannot do without.
    Missing(Facts),
}

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facts {
    /// No more than that.
    None,
    /// In the system's or a tool's own words.
    Said(String),
    /// A count.
    Count(usize),
    /// An amount, in MiB.
    Mebibytes(u64),
}

/// Building the libraries takes about so much, in MiB.
const ROOM: u64 = 500;

/// Looks at everything.
pub fn examine(toolchain: &Result<Toolchain, String>, folder: &Path) -> Vec<(Need, State)> {
    vec![
        (Need::System, State::Fine(Facts::Said(kernel()))),
        (Need::Ptrace, ptrace()),
        (Need::Seccomp, present(Path::new("/proc/sys/kernel/seccomp/actions_avail"), State::Missing(Facts::None))),
        (Need::Landlock, landlock()),
        (Need::Namespaces, namespaces()),
        (Need::Confinement, confinement()),
        (Need::Cores, State::Fine(Facts::Count(thread::available_parallelism().map_or(1, NonZero::get)))),
        (
            Need::Rustc,
            match toolchain {
                Ok(toolchain) => State::Fine(Facts::Said(toolchain.name().to_owned())),
                Err(error) => State::Missing(Facts::Said(error.clone())),
            },
        ),
        (Need::Disk, disk(folder)),
    ]
}

fn present(path: &Path, otherwise: State) -> State {
    if path.exists() { State::Fine(Facts::None) } else { otherwise }
}

fn kernel() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn ptrace() -> State {
    let candidates = ["/bin/true", "/usr/bin/true"];
    let Some(path) = candidates.iter().map(Path::new).find(|path| path.exists()) else {
        return State::Weaker(Facts::Said("/bin/true".into()));
    };
    let program =
        Program { path: path.to_owned(), args: Vec::new(), input: Vec::new(), surroundings: Surroundings::Own };
    match session::replay(&program, &Limits::default(), &[]) {
        Ok(_) => State::Fine(Facts::None),
        Err(error) => State::Missing(Facts::Said(error.to_string())),
    }
}

fn landlock() -> State {
    match supervisor::available().landlock {
        0 => State::Weaker(Facts::None),
        version => State::Fine(Facts::Said(version.to_string())),
    }
}

fn namespaces() -> State {
    if supervisor::available().has_namespaces() { State::Fine(Facts::None) } else { State::Weaker(Facts::None) }
}

fn confinement() -> State {
    let mut layers = supervisor::layers(&Surroundings::Own, Confinement::Best);
    layers.extend(supervisor::unfollowed_layers(Confinement::Best));
    layers.sort();
    layers.dedup();
    let names: Vec<_> = layers.iter().map(ToString::to_string).collect();
    State::Fine(Facts::Said(names.join(", ")))
}

fn disk(folder: &Path) -> State {
    // The folder may not be there yet; the disk is that of the nearest one that is.
    let free =
        folder.ancestors().find_map(|folder| statvfs(folder).ok()).map(|disk| (disk.f_bavail * disk.f_frsize) >> 20);
    match free {
        Some(free) if free < ROOM => State::Weaker(Facts::Mebibytes(free)),
        Some(free) => State::Fine(Facts::Mebibytes(free)),
        None => State::Weaker(Facts::None),
    }
}
