//! A lesson that was read and checked: what the rest of the grader works with.

use serde::{Deserialize, Serialize};

use super::draw::Generated;
use crate::comparison::OutputRules;
use crate::expression::{Expression, Quantities};
use crate::mechanism::Rule;
use crate::session::{Bounds, Scope};
use crate::verdict::VerdictCode;

/// A text that a student reads, in both languages of the course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// English.
    pub en: String,
    /// Spanish.
    pub es: String,
}

/// The contract of one topic.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The package, and the topic's name.
    pub name: String,
    /// A few words.
    pub title: Bilingual,
    /// What it is worth, all or nothing.
    pub points: u32,
    /// The verdict that the starter must get.
    pub starter: VerdictCode,
    /// Names for the arguments.
    pub parameters: Parameters,
    /// Steps from a nudge to nearly the answer; never empty.
    pub hints: Vec<Bilingual>,
    /// How output is compared.
    pub output: OutputRules,
    /// Runs compared with golden files.
    pub cases: Vec<Case>,
    /// Runs drawn from a seed, compared with the reference solution.
    pub generated: Vec<Generated>,
    /// What must be seen from outside.
    pub mechanism: Vec<Rule<Expression>>,
    /// Broken reference solutions, for the course's self-test.
    pub mutants: Vec<Mutant>,
}

/// One run of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name, and its golden file's.
    pub name: String,
    /// The arguments.
    pub args: Vec<String>,
    /// Standard input.
    pub input: String,
    /// The exit code that it must have.
    pub exit: i32,
    /// How far to look.
    pub bounds: Bounds,
    /// What to take into account there.
    pub scope: Scope,
    /// Whether less than that is enough.
    pub reach: Reach,
    /// Whether the mechanism's rules apply.
    pub mechanism: MechanismUse,
    /// Files that are meant to stay.
    pub keeps: Vec<String>,
}

/// Whether a case passes without having been explored as far as its bounds name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It passes, and the report says how far.
    Partial,
    /// It does not: undecided.
    Whole,
}

/// Whether a case is judged by its means too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MechanismUse {
    /// Yes.
    Judged,
    /// By its output alone.
    Ignored,
}

/// One edit of the reference solution that must get a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its name.
    pub name: String,
    /// What it must get.
    pub verdict: VerdictCode,
    /// The text to find, exactly once.
    pub find: String,
    /// The text to put there.
    pub put: String,
}

/// Names for a program's arguments.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Parameters {
    /// For the first ones, each a whole number.
    pub named: Vec<String>,
    /// For how many follow.
    pub rest: Option<String>,
}

/// A run's arguments do not give its mechanism the numbers it needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` is not a whole number in these arguments")]
pub struct QuantityError {
    /// The parameter without a value.
    pub parameter: String,
}

impl Parameters {
    /// Every name that an expression may use.
    pub fn names(&self) -> Vec<&str> {
        let input = ["input_lines", "input_chars"];
        self.named.iter().chain(&self.rest).map(String::as_str).chain(input).collect()
    }

    /// The names' values in one run.
    ///
    /// # Errors
    /// The first parameter whose argument is missing or no number.
    pub fn quantities(&self, args: &[String], input: &str) -> Result<Quantities, QuantityError> {
        let mut quantities = Quantities::new();
        for (place, name) in self.named.iter().enumerate() {
            let value = args.get(place).and_then(|arg| arg.parse().ok());
            let value = value.ok_or_else(|| QuantityError { parameter: name.clone() })?;
            quantities.insert(name.clone(), value);
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        if let Some(rest) = &self.rest {
            quantities.insert(rest.clone(), count(args.len().saturating_sub(self.named.len())));
        }
        quantities.insert("input_lines".into(), count(input.lines().count()));
        quantities.insert("input_chars".into(), count(input.chars().count()));
        Ok(quantities)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_give_their_names_values() {
        let parameters = Parameters { named: vec!["workers".into()], rest: Some("numbers".into()) };
        let args = ["3", "7", "8"].map(String::from);
        let quantities = parameters.quantities(&args, "hola\nadiós\n").unwrap();
        let expected = [("workers", 3), ("numbers", 2), ("input_lines", 2), ("input_chars", 11)];
        assert_eq!(quantities, expected.into_iter().map(|(name, value)| (name.into(), value)).collect());
    }

    #[test]
    fn an_argument_that_is_no_number_is_named() {
        let parameters = Parameters { named: vec!["workers".into()], rest: None };
        let error = parameters.quantities(&["many".into()], "").unwrap_err();
        assert_eq!(error.parameter, "workers");
    }
}
