//! The tables of the corpus: `corpus/c.toml`, `corpus/rust.toml`, `corpus/python.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The version of the tables' format.
const VERSION: u32 = 1;

/// What a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    Rust,
    Python,
}

/// Each program stands there twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Wrong,
    Right,
}

/// Who works together in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tasks {
    Processes,
    Threads,
}

/// One pair of programs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Names the source.
    pub name: String,
    /// What is wrong in the wrong form.
    pub about: String,
    pub tasks: Tasks,
    #[serde(default)]
    pub args: Vec<String>,
    /// Flags for the compiler; a program is built and explored once for each.
    #[serde(default = "as_it_comes")]
    pub builds: Vec<String>,
    /// The verdict on the wrong form.
    pub wrong: String,
    /// What the right form prints, always.
    pub prints: String,
    /// Whether the tests explore it, too.
    #[serde(default)]
    pub sample: bool,
    /// Other bounds than the default ones.
    pub preemptions: Option<u32>,
    pub executions: Option<u32>,
    /// Why a form does not get its verdict, for the docs.
    pub remark: Option<String>,
    #[serde(skip, default = "in_c")]
    pub language: Language,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    version: u32,
    program: Vec<Program>,
}

fn as_it_comes() -> Vec<String> {
    vec![String::new()]
}

fn in_c() -> Language {
    Language::C
}

impl Language {
    pub const ALL: [Language; 3] = [Language::C, Language::Rust, Language::Python];

    pub fn name(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Rust => "rust",
            Language::Python => "python",
        }
    }
}

impl Form {
    pub const ALL: [Form; 2] = [Form::Wrong, Form::Right];

    pub fn name(self) -> &'static str {
        match self {
            Form::Wrong => "wrong",
            Form::Right => "right",
        }
    }
}

impl Program {
    /// The file that holds a form of it.
    pub fn source(&self, form: Form) -> PathBuf {
        let folder = corpus().join(self.language.name());
        match self.language {
            Language::C => folder.join(format!("{}.c", self.name)),
            Language::Rust => folder.join(format!("{}.rs", self.name)),
            Language::Python => folder.join(&self.name).join(format!("{}.py", form.name())),
        }
    }

    /// The verdict that a form deserves.
    pub fn deserves(&self, form: Form) -> &str {
        match form {
            Form::Wrong => &self.wrong,
            Form::Right => "passed",
        }
    }
}

fn corpus() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus"))
}

/// The programs in a language, in the order of its table.
pub fn programs(language: Language) -> Vec<Program> {
    let file = corpus().join(format!("{}.toml", language.name()));
    let text = fs::read_to_string(&file).expect("a table for each language");
    let table: Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(table.version, VERSION, "the version of {}", file.display());
    table.program.into_iter().map(|program| Program { language, ..program }).collect()
}
