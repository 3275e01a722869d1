//! `lesson.toml` as it is written: what serde reads, before anything is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Bilingual;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LessonFormat {
    pub version: Spanned<u32>,
    pub name: Spanned<String>,
    pub points: u32,
    pub starter: Spanned<String>,
    #[serde(default)]
    pub parameters: Vec<Spanned<String>>,
    pub rest: Option<Spanned<String>>,
    #[serde(default)]
    pub threads: ThreadsFormat,
    pub title: Bilingual,
    pub hints: Spanned<Vec<Bilingual>>,
    #[serde(default)]
    pub output: OutputFormat,
    #[serde(default)]
    pub cases: Vec<CaseFormat>,
    #[serde(default)]
    pub generated: Vec<GeneratedFormat>,
    #[serde(default)]
    pub mechanism: Vec<RuleFormat>,
    #[serde(default)]
    pub mutants: Vec<MutantFormat>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputFormat {
    #[serde(default)]
    pub any_order: Vec<Spanned<String>>,
    #[serde(default)]
    pub floating: Vec<FloatingFormat>,
    #[serde(default)]
    pub replace: Vec<ReplaceFormat>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FloatingFormat {
    pub line: Spanned<String>,
    pub before: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaceFormat {
    pub pattern: Spanned<String>,
    pub with: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseFormat {
    pub name: Spanned<String>,
    pub args: Spanned<Vec<String>>,
    #[serde(default)]
    pub input: String,
    #[serde(default)]
    pub exit: i32,
    pub explore: Option<ExploreFormat>,
    #[serde(default)]
    pub faults: Vec<FaultFormat>,
    #[serde(default)]
    pub memory: MemoryFormat,
    pub partial: Option<bool>,
    pub mechanism: Option<bool>,
    #[serde(default)]
    pub keeps: Vec<String>,
}

/// Whether threads' common memory is looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ThreadsFormat {
    #[default]
    Followed,
    NotFollowed,
}

/// When others see a store.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum MemoryFormat {
    #[default]
    SequentiallyConsistent,
    StoreBuffers,
}

/// What the search may make fail.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FaultFormat {
    ShortRead,
    Interrupt,
    Kill,
    NoFork,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExploreFormat {
    pub preemptions: u32,
    pub executions: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GeneratedFormat {
    pub name: Spanned<String>,
    pub count: u32,
    pub args: Vec<Spanned<String>>,
    #[serde(default)]
    pub input: Vec<Spanned<String>>,
    pub explore: Option<ExploreFormat>,
    #[serde(default)]
    pub faults: Vec<FaultFormat>,
    #[serde(default)]
    pub memory: MemoryFormat,
    pub partial: Option<bool>,
    pub mechanism: Option<bool>,
    #[serde(default)]
    pub draw: BTreeMap<String, Spanned<DrawFormat>>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrawFormat {
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub of: Option<Vec<String>>,
    pub word: Option<RangeFormat>,
    pub list: Option<Box<DrawFormat>>,
    pub length: Option<RangeFormat>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeFormat {
    pub from: u32,
    pub to: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFormat {
    pub rule: Spanned<String>,
    pub exactly: Option<Spanned<QuantityFormat>>,
    pub at_least: Option<Spanned<QuantityFormat>>,
    pub at_most: Option<Spanned<QuantityFormat>>,
    pub times: Option<Spanned<QuantityFormat>>,
    pub words: Option<Spanned<QuantityFormat>>,
    pub pattern: Option<Spanned<String>>,
    pub from: Option<Spanned<String>>,
    pub to: Option<Spanned<String>>,
    pub through: Option<Spanned<String>>,
    #[serde(default)]
    pub possible: bool,
    pub say: Option<Bilingual>,
}

/// An expression, or a number as such.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum QuantityFormat {
    Number(i64),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MutantFormat {
    pub name: Spanned<String>,
    pub verdict: Spanned<String>,
    pub find: String,
    pub put: String,
}
