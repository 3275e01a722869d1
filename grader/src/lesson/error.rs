//! What is wrong with a `lesson.toml`: where, why, and what would be right.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the file that are wrong.
    pub at: Range<usize>,
    /// Why, as a fragment.
    pub message: String,
    /// What would be right, as a fragment.
    pub help: Option<String>,
}

impl Problem {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Problem { at, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the known word nearest to what was written, if one is near.
    pub(super) fn did_you_mean<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(word, known) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

/// The known word that `word` is nearest to, if it can have been meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    let best = scored.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    // Below this two words share a few letters by chance.
    (best.0 > 0.75).then_some(best.1)
}

/// A lesson that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// The file, relative to the course.
    pub path: String,
    /// Its text.
    pub source: String,
    /// All that is wrong, in the file's order.
    pub problems: Vec<Problem>,
}

impl LessonError {
    /// The problems in rustc's manner.
    pub fn render(&self, renderer: &Renderer) -> String {
        let rendered = self.problems.iter().map(|problem| {
            let snippet = Snippet::source(&self.source)
                .path(&self.path)
                .annotation(AnnotationKind::Primary.span(problem.at.clone()));
            let mut group = Level::ERROR.primary_title(&problem.message).element(snippet);
            if let Some(help) = &problem.help {
                group = group.element(Level::HELP.message(help));
            }
            renderer.render(&[group])
        });
        rendered.collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for LessonError {}
