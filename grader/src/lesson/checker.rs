//! Collects what is wrong with a lesson, and checks what many of its parts have in common.

use std::collections::BTreeSet;

use regex::Regex;
use toml::Spanned;

use super::error::Problem;
use crate::verdict::VerdictCode;

/// Collects problems.
pub(super) struct Checker {
    pub(super) problems: Vec<Problem>,
}

impl Checker {
    pub(super) fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub(super) fn regex(&mut self, pattern: &Spanned<String>) -> Option<Regex> {
        self.compile(pattern.get_ref(), pattern)
    }

    pub(super) fn compile(&mut self, text: &str, blame: &Spanned<String>) -> Option<Regex> {
        match Regex::new(text) {
            Ok(regex) => Some(regex),
            Err(error) => {
                let reason = error.to_string();
                let last = reason.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
                self.report(Problem::new(blame.span(), format!("not a regular expression: {last}")));
                None
            }
        }
    }

    pub(super) fn verdict(&mut self, code: &Spanned<String>) -> Option<VerdictCode> {
        match code.get_ref().parse() {
            Ok(verdict) => Some(verdict),
            Err(error) => {
                let known = VerdictCode::NEAREST_FIRST.map(VerdictCode::as_str);
                self.report(Problem::new(code.span(), error.to_string()).did_you_mean(code.get_ref(), known));
                None
            }
        }
    }

    fn identifier(&mut self, name: &Spanned<String>, what: &str) {
        let text = name.get_ref();
        let fits = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !fits {
            let problem = Problem::new(name.span(), format!("`{text}` cannot be the name of {what}"));
            self.report(problem.help("a name is small letters, digits and `_`, and starts with a letter"));
        }
    }

    pub(super) fn distinct<'a>(&mut self, names: impl IntoIterator<Item = &'a Spanned<String>>, what: &str) {
        let mut seen = BTreeSet::new();
        for name in names {
            self.identifier(name, what);
            if !seen.insert(name.get_ref()) {
                self.report(Problem::new(name.span(), format!("there is {what} `{}` already", name.get_ref())));
            }
        }
    }
}
