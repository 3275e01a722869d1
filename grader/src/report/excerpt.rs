//! A part of the source, with marks, in the compiler's manner.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::book::{Book, Place};

/// A place with what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub place: Place,
    /// A few words.
    pub label: String,
}

/// A sentence, and the source it is about: the first mark is the main one.
pub fn render(level: Level<'_>, message: &str, marks: &[Mark], book: &Book, renderer: &Renderer) -> String {
    let title = level.primary_title(message);
    // One excerpt a file, in the order of the marks.
    let mut files: Vec<(&str, String)> = Vec::new();
    for mark in marks {
        if !files.iter().any(|(file, _)| *file == mark.place.file)
            && let Some(text) = book.text(&mark.place.file)
        {
            files.push((&mark.place.file, text));
        }
    }
    let mut group = annotate_snippets::Group::with_title(title);
    for (file, text) in &files {
        let mut snippet = Snippet::source(text.as_str()).path(*file);
        for (number, mark) in marks.iter().enumerate().filter(|(_, mark)| mark.place.file == *file) {
            if let Some(span) = span(text, &mark.place) {
                let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                snippet = snippet.annotation(kind.span(span).label(&mark.label));
            }
        }
        group = group.element(snippet);
    }
    renderer.render(&[group])
}

/// The bytes of the statement at a place: from its column to the end of it, or of its line.
fn span(text: &str, place: &Place) -> Option<Range<usize>> {
    let mut start = 0;
    let mut lines = text.split_inclusive('\n');
    for _ in 1..place.line {
        start += lines.next()?.len();
    }
    let line = lines.next()?.trim_end();
    let indent = line.len() - line.trim_start().len();
    let column = usize::try_from(place.column).ok()?.saturating_sub(1).clamp(indent, line.len());
    let column = (indent..=column).rev().find(|column| line.is_char_boundary(*column))?;
    let rest = &line[column..];
    let end = rest.find("; ").or_else(|| rest.strip_suffix(';').map(str::len)).unwrap_or(rest.len());
    Some(start + column..start + column + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: u32, column: u32, expected: Option<&str>) {
        let text = "fn main() {\n    balance += 10;\n    a(); b();\n    ñ = 1;\n}\n";
        let place = Place { file: "x".into(), line, column };
        assert_eq!(span(text, &place).map(|span| &text[span]), expected);
    }

    #[test]
    fn a_statement_is_marked_to_its_end() {
        check(2, 5, Some("balance += 10"));
        check(3, 5, Some("a()"));
        check(3, 10, Some("b()"));
    }

    #[test]
    fn a_place_that_is_not_quite_there_marks_what_is_near() {
        check(2, 0, Some("balance += 10"));
        check(2, 900, Some(""));
        check(4, 6, Some("ñ = 1"));
        check(9, 1, None);
    }
}
