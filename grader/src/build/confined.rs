//! What the compiler may reach while it builds a submission: itself, the course's libraries,
//! the linker, and the folder of that one build.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use supervisor::{Confinement, ConfinementError, Files, Layer, confine};

use super::dependencies::Dependencies;
use super::toolchain::Toolchain;

/// What a linker and a C compiler read beside the system's libraries.
const LINKING: [&str; 4] = ["/usr/include", "/usr/share/gcc", "/usr/lib/gcc", "/etc/ld.so.conf.d"];

/// Programs that rustc may start, or that those start.
const TOOLS: [&str; 9] = ["cc", "gcc", "clang", "ld", "ld.lld", "lld", "ld.gold", "ld.bfd", "as"];

/// The fence around the compiler.
#[derive(Clone, Debug)]
pub(super) struct Fence {
    files: Files,
    level: Confinement,
}

impl Fence {
    /// Around a compiler that links with `dependencies`.
    pub(super) fn new(toolchain: &Toolchain, dependencies: &Dependencies, level: Confinement) -> Self {
        let mut files = Files::system();
        files.read.extend(LINKING.map(PathBuf::from));
        files.read.push(toolchain.sysroot.clone());
        files.read.extend(dependencies.search.iter().cloned());
        files.read.extend(tools(&toolchain.search_path));
        Fence { files, level }
    }

    /// Has `command` run in it, with `folder` to write into. Returns the layers.
    pub(super) fn around(&self, command: &mut Command, folder: &Path) -> Result<Vec<Layer>, ConfinementError> {
        let mut files = self.files.clone();
        files.write.push(folder.to_owned());
        confine(command, &files, self.level)
    }

    /// What it consists of, one string each.
    pub(super) fn described(&self) -> Vec<String> {
        self.files.read.iter().map(|path| path.display().to_string()).collect()
    }

    /// Whether it keeps anything away at all.
    pub(super) fn is_asked_for(&self) -> bool {
        self.level != Confinement::Off
    }

    /// Whether the compiler may do without it where it does not fit this machine.
    pub(super) fn may_be_left_out(&self) -> bool {
        self.level != Confinement::Strict
    }
}

/// The folders in which those tools really lie, and beside them what belongs to them.
fn tools(search_path: &OsStr) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in env::split_paths(search_path) {
        for tool in TOOLS {
            let path = folder.join(tool);
            if let Ok(real) = fs::canonicalize(&path) {
                found.push(path);
                found.extend(real.parent().map(Path::to_owned));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
