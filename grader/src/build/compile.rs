//! Compiles one program. The same sources, libraries, compiler and settings give the program
//! that was built before; anything else never does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use supervisor::{Confinement, ConfinementError, Layer};

use super::compiler::{self, Ran};
use super::confined;
use super::dependencies::{Dependencies, PackageDependencies};
use super::prune::prune;
use super::reads;
use super::toolchain::Toolchain;
use crate::course::Topic;
use crate::submission::Sources;
use crate::workplace::{self, Workplace, WorkplaceError, failed};

/// What changes here makes programs built before useless.
const FORMAT: u32 = 2;

/// Where the compiler and the linker put what nobody needs afterwards.
const TEMPORARY: &str = "temporary";

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
    level: Confinement,
    /// Whether the compiler works in its fence here, tried once.
    fits: Arc<OnceLock<bool>>,
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
    /// It cannot be confined as was asked for.
    #[error(transparent)]
    Confinement(#[from] ConfinementError),
    /// The compiler does not work where it is confined.
    #[error("rustc and its linker do not work confined on this machine: {0}")]
    NotConfined(String),
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
        let (level, fits) = (Confinement::Best, Arc::default());
        Builder { toolchain, dependencies, workplace, level, fits }
    }

    /// The same builder, whose compiler is confined so.
    pub fn confined(self, level: Confinement) -> Self {
        Builder { level, fits: Arc::default(), ..self }
    }

    /// The layers of confinement that are active while a program is built.
    pub fn layers(&self) -> Vec<Layer> {
        let fence = self.fence();
        let mut command = Command::new(&self.toolchain.rustc);
        let layers =
            if self.fits() { fence.around(&mut command, Path::new("/")).unwrap_or_default() } else { Vec::new() };
        layers.into_iter().chain([Layer::Limits]).collect()
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
        let ran = self.run(staged, name, place, package, arguments)?;
        let mut messages = ran.messages;
        let mut succeeded = ran.status.success();
        let source = Path::new(place).join("src");
        let stranger = reads::stranger(&staged.join("reads"), &source);
        if stranger.is_some() || reads::quotes_stranger(&messages, &source) {
            // what stands in that file is not shown to anybody
            messages = "error: the program takes in a file from outside of its `src`\n".into();
            succeeded = false;
        }
        if !succeeded && messages.trim().is_empty() {
            messages = format!("error: rustc ended with {}\n", ran.status);
        }
        let _ = fs::remove_dir_all(staged.join(TEMPORARY));
        let _ = fs::remove_file(staged.join("reads"));
        let path = staged.join("messages");
        fs::write(&path, messages).map_err(failed("cannot write", &path))?;
        if !succeeded {
            // What a compiler that was stopped left half written is no program.
            let _ = fs::remove_file(staged.join("program"));
        }
        Ok(())
    }

    fn run(
        &self,
        staged: &Path,
        name: &str,
        place: &str,
        package: &PackageDependencies,
        arguments: &[String],
    ) -> Result<Ran, BuildError> {
        let temporary = staged.join(TEMPORARY);
        workplace::make_folder(&temporary)?;
        let mut command = Command::new(&self.toolchain.rustc);
        command
            .args(arguments)
            .args(["-o", "program", "--emit=link,dep-info=reads"])
            // The same program wherever the grader's folder is.
            .arg(format!("--remap-path-prefix={}=", staged.display()))
            .current_dir(staged)
            // `env!` reads what cargo would have given, and nothing else of this machine.
            .env_clear()
            .env("PATH", &self.toolchain.search_path)
            .env("TMPDIR", &temporary)
            .env("CARGO_PKG_NAME", name)
            .env("CARGO_PKG_VERSION", &package.version)
            .env("CARGO_BIN_NAME", name)
            .env("CARGO_CRATE_NAME", name.replace('-', "_"))
            .env("CARGO_MANIFEST_DIR", place);
        if self.fits() {
            self.fence().around(&mut command, staged)?;
        } else if !self.fence().may_be_left_out() {
            return Err(BuildError::NotConfined("`--confinement strict` refuses to go on without".into()));
        }
        compiler::run(command).map_err(BuildError::NotRun)
    }

    fn fence(&self) -> confined::Fence {
        confined::Fence::new(&self.toolchain, &self.dependencies, self.level)
    }

    /// Whether the compiler works in its fence: on a machine whose linker lies where nobody
    /// would look for it, no student is to suffer for that.
    fn fits(&self) -> bool {
        self.fence().is_asked_for() && *self.fits.get_or_init(|| self.try_fence().unwrap_or(false))
    }

    fn try_fence(&self) -> Result<bool, BuildError> {
        let programs = self.workplace.programs();
        workplace::make_folder(&programs)?;
        let tried =
            programs.join(format!(".confined-{}", &self.key(&self.fence().described(), "", &Sources::of_main(""))));
        if tried.exists() {
            return Ok(true);
        }
        let folder = tempfile::Builder::new().prefix(".new-").tempdir_in(&programs);
        let folder = folder.map_err(failed("cannot make a folder in", &programs))?;
        let main = folder.path().join("main.rs");
        fs::write(&main, "fn main() {}\n").map_err(failed("cannot write", &main))?;
        let mut command = Command::new(&self.toolchain.rustc);
        command.args(["main.rs", "-o", "program"]).args(FLAGS).current_dir(folder.path());
        command.env_clear().env("PATH", &self.toolchain.search_path).env("TMPDIR", folder.path());
        self.fence().around(&mut command, folder.path())?;
        let works = compiler::run(command).is_ok_and(|ran| ran.status.success());
        if works {
            let _ = fs::write(&tried, "");
        }
        Ok(works)
    }
}
