//! Compiles one program. The same sources, libraries, compiler and settings give the program
//! that was built before; anything else never does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::compiler;
use super::dependencies::{Dependencies, PackageDependencies};
use super::prune::prune;
use super::toolchain::Toolchain;
use crate::course::Topic;
use crate::submission::Sources;
use crate::workplace::{self, Workplace, WorkplaceError, failed};

/// What changes here makes programs built before useless.
const FORMAT: u32 = 1;

/// Compiler settings. Without optimisation each access to memory stands where the source has
/// it; lines are enough of debug information for call stacks.
const FLAGS: [&str; 5] = [
    "-Copt-level=0",
    "-Cdebuginfo=line-tables-only",
    "-Cforce-frame-pointers=yes",
    "-Ccodegen-units=1",
    "-Cstrip=none",
];

/// Builds programs of one course.
#[derive(Clone, Debug)]
pub struct Builder {
    toolchain: Toolchain,
    dependencies: Dependencies,
    workplace: Workplace,
}

/// A program that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The executable file.
    pub program: PathBuf,
    /// Names what it was built from: the same for the same, and for nothing else.
    pub key: String,
}

/// The program does not compile: what the compiler said, colours included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The compiler's own messages.
    pub messages: String,
}

/// Why nothing can be said of a program.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The compiler cannot be run, or does not end.
    #[error("cannot run rustc: {0}")]
    NotRun(io::Error),
    /// The course has no such package.
    #[error("cargo knows no package `{0}` in the exercises")]
    NoPackage(String),
    /// The grader's folder.
    #[error(transparent)]
    Workplace(#[from] WorkplaceError),
}

impl Builder {
    /// A builder that links with `dependencies`.
    pub fn new(toolchain: Toolchain, dependencies: Dependencies, workplace: Workplace) -> Self {
        prune(&workplace.programs());
        Builder { toolchain, dependencies, workplace }
    }

    /// Builds a topic's program from `sources`. `place` is what messages and debug information
    /// call its folder: `exercises/04_locks`.
    ///
    /// # Errors
    /// Where the compiler could not be asked.
    pub fn build(&self, topic: &Topic, place: &str, sources: &Sources) -> Result<Result<Built, Failed>, BuildError> {
        let name = &topic.lesson.name;
        let package = self.dependencies.package(name).ok_or_else(|| BuildError::NoPackage(name.clone()))?;
        let arguments = self.arguments(name, place, package);
        let key = self.key(&arguments, place, sources);
        let programs = self.workplace.programs();
        let folder = programs.join(&key);
        if !folder.is_dir() {
            workplace::make_folder(&programs)?;
            let staged = tempfile::Builder::new().prefix(".new-").tempdir_in(&programs);
            let staged = staged.map_err(failed("cannot make a folder in", &programs))?;
            self.compile(staged.path(), name, place, package, &arguments, sources)?;
            let staged = staged.keep();
            if let Err(error) = fs::rename(&staged, &folder) {
                let _ = fs::remove_dir_all(&staged);
                // Another thread or process was faster, with the same.
                if !folder.is_dir() {
                    return Err(failed("cannot rename to", &folder)(error).into());
                }
            }
        }
        let _ = fs::write(folder.join("used"), "");
        self.built(&key).map_or_else(|| self.messages(&folder), |built| Ok(Ok(built)))
    }

    /// A program built before, by its key.
    pub fn built(&self, key: &str) -> Option<Built> {
        let program = self.workplace.programs().join(key).join("program");
        program.is_file().then(|| Built { program, key: key.to_owned() })
    }

    fn messages(&self, folder: &Path) -> Result<Result<Built, Failed>, BuildError> {
        let path = folder.join("messages");
        let messages = fs::read_to_string(&path).map_err(failed("cannot read", &path))?;
        Ok(Err(Failed { messages }))
    }

    fn arguments(&self, name: &str, place: &str, package: &PackageDependencies) -> Vec<String> {
        let crate_name = name.replace('-', "_");
        let mut arguments = vec![
            format!("{place}/src/main.rs"),
            "--crate-type=bin".into(),
            format!("--crate-name={crate_name}"),
            format!("--edition={}", package.edition),
            "--error-format=human".into(),
            "--color=always".into(),
        ];
        arguments.extend(FLAGS.map(String::from));
        for library in &package.libraries {
            arguments.push(format!("--extern={}={}", library.name, library.path.display()));
        }
        arguments.extend(self.dependencies.search.iter().map(|path| format!("-Ldependency={}", path.display())));
        arguments
    }

    fn key(&self, arguments: &[String], place: &str, sources: &Sources) -> String {
        let mut digest = blake3::Hasher::new();
        // Lengths first, so that no two different lists read the same.
        let mut add = |bytes: &[u8]| {
            digest.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        };
        add(&FORMAT.to_le_bytes());
        add(self.toolchain.version.as_bytes());
        add(place.as_bytes());
        for argument in arguments {
            add(argument.as_bytes());
        }
        for (path, text) in sources.files() {
            add(path.as_bytes());
            add(text.as_bytes());
        }
        digest.finalize().to_hex()[..32].to_owned()
    }

    fn compile(
        &self,
        staged: &Path,
        name: &str,
        place: &str,
        package: &PackageDependencies,
        arguments: &[String],
        sources: &Sources,
    ) -> Result<(), BuildError> {
        for (path, text) in sources.files() {
            let path = staged.join(place).join("src").join(path);
            if let Some(folder) = path.parent() {
                workplace::make_folder(folder)?;
            }
            fs::write(&path, text).map_err(failed("cannot write", &path))?;
        }
        let mut command = Command::new(&self.toolchain.rustc);
        command
            .args(arguments)
            .args(["-o", "program"])
            // The same program wherever the grader's folder is.
            .arg(format!("--remap-path-prefix={}=", staged.display()))
            .current_dir(staged)
            // `env!` reads what cargo would have given, and nothing else of this machine.
            .env_clear()
            .env("PATH", &self.toolchain.search_path)
            .env("CARGO_PKG_NAME", name)
            .env("CARGO_PKG_VERSION", &package.version)
            .env("CARGO_BIN_NAME", name)
            .env("CARGO_CRATE_NAME", name.replace('-', "_"))
            .env("CARGO_MANIFEST_DIR", place);
        let ran = compiler::run(command).map_err(BuildError::NotRun)?;
        let mut messages = ran.messages;
        if !ran.status.success() && messages.trim().is_empty() {
            messages = format!("error: rustc ended with {}\n", ran.status);
        }
        let path = staged.join("messages");
        fs::write(&path, messages).map_err(failed("cannot write", &path))?;
        if !ran.status.success() {
            // What a compiler that was stopped left half written is no program.
            let _ = fs::remove_file(staged.join("program"));
        }
        Ok(())
    }
}
