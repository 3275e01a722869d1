//! What differs between an output and what it must be.

use predicates::Predicate;

/// An output that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What differs first.
    pub first: Difference,
    /// All that was expected, as it is compared.
    pub expected: Vec<String>,
    /// All that was printed, as it is compared.
    pub got: Vec<String>,
}

/// One difference. Lines are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Another line stands in the place of this one.
    Line {
        /// Its number in the output.
        number: usize,
        /// What should stand there.
        expected: String,
        /// What does.
        got: String,
    },
    /// A line is not there.
    Missing {
        /// Its number in the expected output.
        number: usize,
        /// The line.
        line: String,
    },
    /// A line is there that should not be.
    Extra {
        /// Its number in the output.
        number: usize,
        /// The line.
        line: String,
    },
    /// A line stands behind one that must follow it.
    Late {
        /// Its number in the output.
        number: usize,
        /// The line.
        line: String,
        /// The one it must stand before.
        before: String,
    },
}

impl Difference {
    /// Where it is.
    pub fn number(&self) -> usize {
        match self {
            Difference::Line { number, .. }
            | Difference::Missing { number, .. }
            | Difference::Extra { number, .. }
            | Difference::Late { number, .. } => *number,
        }
    }
}

impl Mismatch {
    /// The whole difference, as `diff -u` would show it.
    pub fn diff(&self) -> String {
        let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let got = text(&self.got);
        let predicate = predicates::str::diff(text(&self.expected));
        let case = predicate.find_case(false, &got);
        let shown = case.iter().flat_map(|case| case.products()).map(|product| product.value().to_string());
        let shown = shown.collect::<String>();
        // The predicate names its two sides by words of its own.
        let body = shown.trim_start_matches('\n').lines().skip(2).map(|line| format!("{line}\n"));
        format!("--- expected\n+++ got\n{}", body.collect::<String>())
    }
}
