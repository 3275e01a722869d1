//! What every command needs: where things are, what language to speak, where to print.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use supervisor::{Confinement, Limits};

use super::args::{Common, Format};
use super::exit::Exit;
use super::printer::Printer;
use crate::build::{Builder, DependencyError, Toolchain, ToolchainError, prepare};
use crate::course::{Course, CourseError, Topic, TopicError};
use crate::grade::GradeError;
use crate::recording::RecordingError;
use crate::report::{Detail, Language, Texts};
use crate::submission::LocateError;
use crate::workplace::{Workplace, WorkplaceError};

/// Why a command stops before its end.
#[derive(Debug)]
pub enum Stop {
    /// The command line asks for what is not there.
    Usage(String),
    /// The grader failed.
    Failed(String),
    /// The course is wrong.
    Course(CourseError),
    /// The user asked to.
    Interrupted,
}

impl Stop {
    /// The exit code it leads to.
    pub fn exit(&self) -> Exit {
        match self {
            Stop::Usage(_) => Exit::Usage,
            Stop::Failed(_) | Stop::Course(_) => Exit::GraderFailed,
            Stop::Interrupted => Exit::Interrupted,
        }
    }
}

impl From<CourseError> for Stop {
    fn from(error: CourseError) -> Self {
        match error {
            CourseError::NoTopics(_) => Stop::Usage(error.to_string()),
            CourseError::Unreadable { ref source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Stop::Usage(error.to_string())
            }
            CourseError::Unreadable { .. } | CourseError::Lessons(_) => Stop::Course(error),
        }
    }
}

impl From<TopicError> for Stop {
    fn from(error: TopicError) -> Self {
        match error {
            TopicError::Unknown(unknown) => Stop::Usage(unknown.to_string()),
            TopicError::Broken(error) => Stop::Course(error),
        }
    }
}

impl From<LocateError> for Stop {
    fn from(error: LocateError) -> Self {
        match error {
            LocateError::Missing { .. } | LocateError::Nothing(_) => Stop::Usage(error.to_string()),
            // A folder that is not there is a slip of the keyboard; one that is there and
            // cannot be read is not.
            LocateError::Unreadable { ref source, .. }
                if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
            {
                Stop::Usage(error.to_string())
            }
            LocateError::Unreadable { .. } => Stop::Failed(error.to_string()),
        }
    }
}

impl From<RecordingError> for Stop {
    fn from(error: RecordingError) -> Self {
        Stop::Usage(error.to_string())
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Stop::Failed(format!("cannot write the results: {error}"))
    }
}

impl From<ToolchainError> for Stop {
    fn from(error: ToolchainError) -> Self {
        Stop::Failed(error.to_string())
    }
}

impl From<DependencyError> for Stop {
    fn from(error: DependencyError) -> Self {
        Stop::Failed(error.to_string())
    }
}

impl From<WorkplaceError> for Stop {
    fn from(error: WorkplaceError) -> Self {
        Stop::Failed(error.to_string())
    }
}

impl From<GradeError> for Stop {
    fn from(error: GradeError) -> Self {
        if error.is_interruption() { Stop::Interrupted } else { Stop::Failed(error.to_string()) }
    }
}

/// What every command needs.
pub struct Context {
    /// The texts of the reader's language.
    pub texts: Texts,
    /// Where results go.
    pub printer: Printer,
    /// The form of results.
    pub format: Format,
    /// How much to tell.
    pub detail: Detail,
    /// Whether to tell only the verdicts.
    pub quiet: bool,
    /// The seed of generated cases.
    pub seed: u64,
    /// Where the course is.
    pub root: PathBuf,
    /// The grader's folder.
    pub workplace: Workplace,
    /// How firmly programs are confined.
    pub confinement: Confinement,
}

impl Context {
    /// From the command line and the environment.
    pub fn new(common: &Common) -> Result<Self, Stop> {
        let root = common.course.clone().map_or_else(find_course, Ok)?;
        let root = root.canonicalize().map_err(|error| Stop::Usage(format!("{}: {error}", root.display())))?;
        let work = common.work.clone().unwrap_or_else(|| root.join("target/grade"));
        let work = std::path::absolute(&work).unwrap_or(work);
        let printer = Printer::new(common.output.as_deref(), common.color).map_err(|error| {
            let path = common.output.as_deref().unwrap_or(Path::new("-"));
            Stop::Failed(format!("cannot write {}: {error}", path.display()))
        })?;
        Ok(Context {
            texts: Texts::new(common.lang.unwrap_or_else(locale)),
            printer,
            format: common.format,
            detail: if common.verbose { Detail::Verbose } else { Detail::Normal },
            quiet: common.quiet,
            seed: common.seed,
            root,
            workplace: Workplace::new(work),
            confinement: common.confinement.into(),
        })
    }

    /// How much a program may take, and reach.
    pub fn limits(&self) -> Limits {
        Limits { confinement: self.confinement, ..Limits::default() }
    }

    /// The course.
    pub fn course(&self) -> Result<Course, Stop> {
        Ok(Course::load(&self.root)?)
    }

    /// The compiler and cargo.
    pub fn toolchain(&self) -> Result<Toolchain, Stop> {
        let name = |variable: &str, default: &str| PathBuf::from(env::var_os(variable).unwrap_or(default.into()));
        let search_path = env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/local/bin:/usr/bin:/bin"));
        Ok(Toolchain::find(&name("CARGO", "cargo"), &name("RUSTC", "rustc"), search_path)?)
    }

    /// What builds programs; the course's libraries are built first, if need be.
    pub fn builder(&self, course: &Course) -> Result<Builder, Stop> {
        supervisor::available().require(self.confinement).map_err(|error| Stop::Failed(error.to_string()))?;
        let toolchain = self.toolchain()?;
        let dependencies = prepare(course, &toolchain, &self.workplace)?;
        Ok(Builder::new(toolchain, dependencies, self.workplace.clone()).confined(self.confinement))
    }

    /// Shows that something is under way: on standard error, where that is a terminal.
    pub fn progress(&self, length: usize) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(length as u64);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// The topics of these names; all, if there are none.
    pub fn topics<'a>(&self, course: &'a Course, names: &[String]) -> Result<Vec<&'a Topic>, Stop> {
        let mut topics: Vec<&Topic> = Vec::new();
        for name in names {
            let topic = course.topic(name)?;
            if !topics.iter().any(|known| known.folder == topic.folder) {
                topics.push(topic);
            }
        }
        if names.is_empty() { Ok(course.topics()?.iter().collect()) } else { Ok(topics) }
    }
}

/// The language that the environment asks for.
fn locale() -> Language {
    let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let set = variables.iter().filter_map(|name| env::var(name).ok()).find(|value| !value.is_empty());
    Language::of_locale(&set.unwrap_or_default())
}

/// The course that this command belongs to: cargo says where the grader's package is; else
/// the folder above the current one that holds exercises; else where the grader was built.
fn find_course() -> Result<PathBuf, Stop> {
    let is_course = |folder: &Path| folder.join("exercises").is_dir() && folder.join("Cargo.toml").is_file();
    let package = match env::var("CARGO_PKG_NAME") {
        Ok(name) if name == env!("CARGO_PKG_NAME") => env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from),
        Ok(_) | Err(_) => None,
    };
    let by_cargo = package.as_deref().and_then(Path::parent).map(Path::to_owned);
    let current = env::current_dir().unwrap_or_default();
    let above = current.ancestors().map(Path::to_owned);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned);
    let mut candidates = by_cargo.into_iter().chain(above).chain(built);
    candidates
        .find(|folder| is_course(folder))
        .ok_or_else(|| Stop::Usage("there is no course here: say `--course DIR`".into()))
}
