//! Checks one `[[mechanism]]` of a lesson: which keys its rule needs, and what they say.

use toml::Spanned;

use super::checker::Checker;
use super::contract::Parameters;
use super::error::Problem;
use super::format::{QuantityFormat, RuleFormat};
use crate::expression::Expression;
use crate::mechanism::{Amount, Channel, Condition, Holds, Party, Rule};

/// The rules' names, as lessons write them.
const NAMES: [&str; 14] = [
    "children",
    "threads",
    "children_together",
    "threads_together",
    "alive_together",
    "lines_by_children",
    "flow",
    "receivers",
    "writers",
    "readers",
    "words_by_children",
    "word_changes",
    "shared_words",
    "killed",
];

const PARTIES: [(&str, Party); 3] =
    [("parent", Party::Parent), ("children", Party::Children), ("anyone", Party::Anyone)];

const CHANNELS: [(&str, Channel); 2] = [("kernel", Channel::Kernel), ("anything", Channel::Anything)];

/// The checked rule, or nothing where it is wrong: then its problems are reported.
pub(super) fn check(checker: &mut Checker, format: &RuleFormat, parameters: &Parameters) -> Option<Rule<Expression>> {
    let before = checker.problems.len();
    let mut rule = RuleCheck { checker, format, parameters };
    let condition = rule.condition();
    if checker.problems.len() > before {
        return None;
    }
    let holds = if format.possible { Holds::Once } else { Holds::Always };
    Some(Rule { condition: condition?, holds, say: format.say.clone() })
}

struct RuleCheck<'a> {
    checker: &'a mut Checker,
    format: &'a RuleFormat,
    parameters: &'a Parameters,
}

impl RuleCheck<'_> {
    fn condition(&mut self) -> Option<Condition<Expression>> {
        let name = self.format.rule.get_ref().as_str();
        self.unused(name);
        match name {
            "children" => self.amount().map(Condition::Children),
            "threads" => self.amount().map(Condition::Threads),
            "children_together" => Some(Condition::ChildrenTogether),
            "threads_together" => self.amount().map(Condition::ThreadsTogether),
            "alive_together" => self.amount().map(Condition::AliveTogether),
            "lines_by_children" => {
                let format = self.format;
                match &format.pattern {
                    Some(pattern) => self.checker.regex(pattern).map(Condition::LinesByChildren),
                    None => self.missing("pattern"),
                }
            }
            "flow" => {
                let (from, to) = (self.party("from")?, self.party("to")?);
                Some(Condition::Flow { from, to, through: self.channel()?, amount: self.amount()? })
            }
            "receivers" => {
                let from = self.party("from")?;
                Some(Condition::Receivers { from, through: self.channel()?, amount: self.amount()? })
            }
            "writers" => Some(Condition::Writers { times: self.needed("times")?, amount: self.amount()? }),
            "readers" => Some(Condition::Readers { times: self.needed("times")?, amount: self.amount()? }),
            "words_by_children" => self.amount().map(Condition::WordsByChildren),
            "word_changes" => Some(Condition::WordChanges { words: self.needed("words")?, amount: self.amount()? }),
            "shared_words" => self.amount().map(Condition::SharedWords),
            "killed" => self.amount().map(Condition::Killed),
            unknown => {
                let problem = Problem::new(self.format.rule.span(), format!("there is no rule `{unknown}`"));
                self.checker.report(problem.did_you_mean(unknown, NAMES));
                None
            }
        }
    }

    /// Reports the keys that are there and that the rule does not read.
    fn unused(&mut self, name: &str) {
        let reads: &[&str] = match name {
            "children_together" => &[],
            "lines_by_children" => &["pattern"],
            "flow" => &["from", "to", "through", "amount"],
            "receivers" => &["from", "through", "amount"],
            "writers" | "readers" => &["times", "amount"],
            "word_changes" => &["words", "amount"],
            _ => &["amount"],
        };
        let format = self.format;
        let text = |key: &Option<Spanned<String>>| key.as_ref().map(Spanned::span);
        let quantity = |key: &Option<Spanned<QuantityFormat>>| key.as_ref().map(Spanned::span);
        let keys = [
            ("exactly", "amount", quantity(&format.exactly)),
            ("at_least", "amount", quantity(&format.at_least)),
            ("at_most", "amount", quantity(&format.at_most)),
            ("times", "times", quantity(&format.times)),
            ("words", "words", quantity(&format.words)),
            ("pattern", "pattern", text(&format.pattern)),
            ("from", "from", text(&format.from)),
            ("to", "to", text(&format.to)),
            ("through", "through", text(&format.through)),
        ];
        for (key, group, at) in keys {
            if let (Some(at), false) = (at, reads.contains(&group)) {
                self.checker.report(Problem::new(at, format!("the rule `{name}` has no use for `{key}`")));
            }
        }
    }

    fn missing<T>(&mut self, key: &str) -> Option<T> {
        let name = self.format.rule.get_ref();
        self.checker.report(Problem::new(self.format.rule.span(), format!("the rule `{name}` needs `{key}`")));
        None
    }

    fn amount(&mut self) -> Option<Amount<Expression>> {
        let format = self.format;
        match (&format.exactly, &format.at_least, &format.at_most) {
            (Some(exactly), None, None) => self.expression(exactly).map(Amount::Exactly),
            (None, Some(least), None) => self.expression(least).map(Amount::AtLeast),
            (None, None, Some(most)) => self.expression(most).map(Amount::AtMost),
            (None, None, None) => self.missing("exactly`, `at_least` or `at_most"),
            (Some(_), _, _) | (None, Some(_), Some(_)) => {
                let message = "only one of `exactly`, `at_least` and `at_most` can be given";
                self.checker.report(Problem::new(format.rule.span(), message));
                None
            }
        }
    }

    fn needed(&mut self, key: &'static str) -> Option<Expression> {
        let format = self.format;
        match if key == "times" { &format.times } else { &format.words } {
            Some(quantity) => self.expression(quantity),
            None => self.missing(key),
        }
    }

    fn party(&mut self, key: &'static str) -> Option<Party> {
        let format = self.format;
        match if key == "from" { &format.from } else { &format.to } {
            Some(word) => self.one_of(word, &PARTIES),
            None => self.missing(key),
        }
    }

    fn channel(&mut self) -> Option<Channel> {
        let format = self.format;
        match &format.through {
            Some(word) => self.one_of(word, &CHANNELS),
            None => Some(Channel::Anything),
        }
    }

    fn one_of<T: Copy>(&mut self, word: &Spanned<String>, known: &[(&'static str, T)]) -> Option<T> {
        let found = known.iter().find(|(name, _)| name == word.get_ref()).map(|(_, value)| *value);
        if found.is_none() {
            let names = known.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            self.checker.report(Problem::new(word.span(), format!("expected one of {names}")));
        }
        found
    }

    fn expression(&mut self, quantity: &Spanned<QuantityFormat>) -> Option<Expression> {
        let text = match quantity.get_ref() {
            QuantityFormat::Number(number) => return Some(Expression::number(*number)),
            QuantityFormat::Text(text) => text,
        };
        // Inside the quotes: an expression needs no escapes.
        let within = |at: std::ops::Range<usize>| {
            let start = quantity.span().start + 1;
            start + at.start..start + at.end
        };
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(error) => {
                self.checker.report(Problem::new(within(error.at), error.problem));
                return None;
            }
        };
        let known = self.parameters.names();
        for (name, at) in expression.names() {
            if !known.contains(&name) {
                let problem = Problem::new(within(at), format!("`{name}` is not a parameter"));
                self.checker.report(problem.did_you_mean(name, known.iter().copied()));
            }
        }
        Some(expression)
    }
}
