//! The compiler and cargo, as such: not the shims that choose among installed ones.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The tools that build programs.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// cargo.
    pub cargo: PathBuf,
    /// rustc.
    pub rustc: PathBuf,
    /// What `rustc -vV` says.
    pub version: String,
    /// The kind of machine that it builds for.
    pub host: String,
    /// Where the compiler's own files are.
    pub sysroot: PathBuf,
    /// Where the linker is looked for (`PATH`).
    pub search_path: OsString,
}

/// Why there is no compiler to be had.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// It cannot be started.
    #[error("cannot run {}: {source}", program.display())]
    NotRun {
        /// What was run.
        program: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// It says something else than a compiler would.
    #[error("{} does not answer as rustc does", .0.display())]
    NotRustc(PathBuf),
}

impl Toolchain {
    /// The tools behind the given names.
    ///
    /// # Errors
    /// Where there is no working `rustc`.
    pub fn find(cargo: &Path, rustc: &Path, search_path: OsString) -> Result<Self, ToolchainError> {
        let sysroot = PathBuf::from(ask(rustc, &["--print", "sysroot"])?.trim());
        let real = |name: &str, given: &Path| {
            let inside = sysroot.join("bin").join(name);
            if inside.is_file() { inside } else { given.to_owned() }
        };
        let (cargo, rustc) = (real("cargo", cargo), real("rustc", rustc));
        let version = ask(&rustc, &["-vV"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned);
        let host = host.ok_or_else(|| ToolchainError::NotRustc(rustc.clone()))?;
        Ok(Toolchain { cargo, rustc, version, host, sysroot, search_path })
    }

    /// The first line of the version: `rustc 1.95.0 (...)`.
    pub fn name(&self) -> &str {
        self.version.lines().next().unwrap_or_default()
    }
}

fn ask(program: &Path, args: &[&str]) -> Result<String, ToolchainError> {
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ToolchainError::NotRun { program: program.to_owned(), source })?;
    match String::from_utf8(output.stdout) {
        Ok(text) if output.status.success() => Ok(text),
        Ok(_) | Err(_) => Err(ToolchainError::NotRustc(program.to_owned())),
    }
}
