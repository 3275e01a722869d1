//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use supervisor::Confinement;

use crate::report::Language;

/// Grades the exercises of this course: builds them, runs them under every schedule that
/// matters, and explains what went wrong.
#[derive(Debug, Parser)]
#[command(name = "cargo grade", bin_name = "cargo grade", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,

    /// The topics to grade: `04_locks`, `locks`, `04` or `4` (default: all)
    #[arg(value_name = "TOPIC")]
    pub topics: Vec<String>,

    #[command(flatten)]
    pub subject: SubjectArgs,

    #[command(flatten)]
    pub common: Common,
}

#[derive(Clone, Debug, Args)]
pub struct SubjectArgs {
    /// Grade the submission in this folder
    #[arg(long, value_name = "DIR", global = true, conflicts_with = "solutions")]
    pub from: Option<PathBuf>,

    /// Grade the reference solutions
    #[arg(long, global = true)]
    pub solutions: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Common {
    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub format: Format,

    /// Write the report to this file
    #[arg(long, value_name = "FILE", global = true)]
    pub output: Option<PathBuf>,

    /// Draws the generated cases
    #[arg(long, value_name = "N", default_value_t = 1, global = true)]
    pub seed: u64,

    /// The language of the report: en or es (default: the locale's)
    #[arg(long, value_name = "LANG", global = true)]
    pub lang: Option<Language>,

    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    pub color: Color,

    /// How firmly programs are kept from all that is not theirs: `strict` refuses to run them
    /// where a layer is missing
    #[arg(long, value_enum, default_value_t = ConfinementArg::Best, global = true, value_name = "LEVEL")]
    pub confinement: ConfinementArg,

    /// Tell more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,

    /// Tell only the verdicts
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// The folder of the course (default: this checkout)
    #[arg(long, value_name = "DIR", global = true, hide_short_help = true)]
    pub course: Option<PathBuf>,

    /// Where the grader keeps what it builds (default: target/grade in the course)
    #[arg(long, value_name = "DIR", global = true, hide_short_help = true)]
    pub work: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConfinementArg {
    Best,
    Strict,
    Off,
}

impl From<ConfinementArg> for Confinement {
    fn from(arg: ConfinementArg) -> Self {
        match arg {
            ConfinementArg::Best => Confinement::Best,
            ConfinementArg::Strict => Confinement::Strict,
            ConfinementArg::Off => Confinement::Off,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// What can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FaultName {
    /// A read from a pipe, a stream socket or the input gives one byte, though there are more
    ShortRead,
    /// A waiting call fails with EINTR, where the program has a handler for signals
    Interrupt,
    /// A child is killed from outside
    Kill,
    /// There is no room for another process: EAGAIN
    NoFork,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// The topics, their points and where you stand
    List,
    /// The next hint on a topic (default: the first that has not passed)
    Hint {
        /// The topic
        topic: Option<String>,
    },
    /// Put any Linux program under the explorer
    Explore(ExploreArgs),
    /// Run a recorded schedule again, step by step
    Replay {
        /// The file, as the report names it
        file: PathBuf,
    },
    /// The course tests itself: starters, solutions, mutants and golden files are as declared
    Check {
        /// The topics to check (default: all)
        #[arg(value_name = "TOPIC")]
        topics: Vec<String>,
    },
    /// What this machine offers, and what is missing for it
    Doctor,
    /// The JSON schema of reports
    Schema,
}

#[derive(Debug, Args)]
pub struct ExploreArgs {
    /// What it must print (default: what it prints under the first schedule)
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,

    /// Its standard input
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,

    /// Try every schedule with up to so many preemptions
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub max_preemptions: u32,

    /// Make at most so many executions
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_executions: u32,

    /// Let some calls fail, too, as they can on any machine
    #[arg(long, value_name = "FAULTS", value_delimiter = ',')]
    pub faults: Vec<FaultName>,

    /// Let stores come to memory late, as they do on x86-64 machines
    #[arg(long)]
    pub store_buffers: bool,

    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    pub command: Vec<OsString>,
}
