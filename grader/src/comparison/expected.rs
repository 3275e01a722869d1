//! The expected output of one run, and the rules it is compared by.

use std::collections::BTreeMap;
use std::fmt;

use predicates::Predicate;
use predicates::reflection::{Case, PredicateReflection, Product};
use regex::Regex;

use super::difference::{Difference, Mismatch};
use super::lines;

/// How a lesson compares output.
#[derive(Clone, Debug, Default)]
pub struct OutputRules {
    /// Lines that match the same one of these may come in any order among themselves.
    pub any_order: Vec<Regex>,
    /// Lines that may stand anywhere before another.
    pub floating: Vec<Floating>,
    /// Texts that are taken for others.
    pub replace: Vec<Replace>,
}

/// Lines that may stand anywhere before the line that belongs to them.
#[derive(Clone, Debug)]
pub struct Floating {
    /// These lines.
    pub line: Regex,
    /// The pattern of the line that follows; `{1}` is what the first group of `line` matched.
    pub before: String,
}

/// A text that counts as another.
#[derive(Clone, Debug)]
pub struct Replace {
    /// What matches.
    pub pattern: Regex,
    /// What it counts as.
    pub with: String,
}

impl OutputRules {
    /// Output as it is compared, and as golden files keep it.
    pub fn normalise(&self, output: &[u8]) -> Vec<String> {
        let replaced = |line: String| {
            self.replace
                .iter()
                .fold(line, |line, rule| rule.pattern.replace_all(&line, rule.with.as_str()).into_owned())
        };
        lines::split(output).into_iter().map(replaced).collect()
    }

    fn floats(&self, line: &str) -> Option<&Floating> {
        self.floating.iter().find(|floating| floating.line.is_match(line))
    }

    fn group(&self, line: &str) -> Option<usize> {
        self.any_order.iter().position(|pattern| pattern.is_match(line))
    }
}

/// What a run must print. It is a predicate over what was printed, whose case says what
/// differs.
#[derive(Clone, Debug)]
pub struct Expected {
    rules: OutputRules,
    lines: Vec<String>,
}

/// A line, with its number from 1.
type Numbered<'a> = (usize, &'a str);

impl Expected {
    /// From an output that is right.
    pub fn new(rules: &OutputRules, output: &[u8]) -> Self {
        Expected { rules: rules.clone(), lines: rules.normalise(output) }
    }

    /// The lines, as they are compared.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// What is wrong with `output`, if anything.
    pub fn mismatch(&self, output: &[u8]) -> Option<Mismatch> {
        let got = self.rules.normalise(output);
        let mut found = self.bags(&got);
        found.extend(self.late(&got));
        // Without those the order is what is left to compare; with them it would differ for
        // the same reason again.
        found.extend(self.order(&got));
        let first = found.into_iter().min_by_key(Difference::number)?;
        Some(Mismatch { first, expected: self.lines.clone(), got })
    }

    /// Compares the lines whose order is free, one kind at a time.
    fn bags(&self, got: &[String]) -> Vec<Difference> {
        let floating = self.rules.floating.len();
        let kind = |line: &str| {
            let floats = self.rules.floating.iter().position(|floating| floating.line.is_match(line));
            floats.or_else(|| self.rules.group(line).map(|group| floating + group))
        };
        let of_kind = |lines: &'_ [String], wanted: usize| -> Vec<(usize, String)> {
            let numbered = (1..).zip(lines);
            numbered
                .filter(|(_, line)| kind(line) == Some(wanted))
                .map(|(number, line)| (number, line.clone()))
                .collect()
        };
        let kinds = 0..floating + self.rules.any_order.len();
        kinds.filter_map(|wanted| bag(of_kind(&self.lines, wanted), of_kind(got, wanted))).collect()
    }

    /// Floating lines that stand behind the line they must precede.
    fn late(&self, got: &[String]) -> Vec<Difference> {
        // Where several lines precede the same pattern (two children of one name), the first
        // of them belongs to its first match, and so on.
        let mut waiting: BTreeMap<String, Vec<Numbered<'_>>> = BTreeMap::new();
        for (number, line) in (1..).zip(got) {
            if let Some(floating) = self.rules.floats(line) {
                let group = floating.line.captures(line).and_then(|found| found.get(1));
                let name = regex::escape(group.map_or("", |group| group.as_str()));
                waiting.entry(floating.before.replace("{1}", &name)).or_default().push((number, line));
            }
        }
        let mut late = Vec::new();
        for (before, lines) in waiting {
            let Ok(before) = Regex::new(&before) else { continue };
            let fixed = (1..).zip(got).filter(|(_, line)| self.rules.floats(line).is_none() && before.is_match(line));
            for ((number, line), (end, follower)) in lines.into_iter().zip(fixed) {
                if number > end {
                    late.push(Difference::Late { number, line: line.to_owned(), before: follower.clone() });
                }
            }
        }
        late
    }

    /// The first place where the order of lines is another.
    fn order(&self, got: &[String]) -> Option<Difference> {
        let fixed = |lines: &'_ [String]| -> Vec<(usize, String)> {
            let numbered = (1..).zip(lines);
            numbered
                .filter(|(_, line)| self.rules.floats(line).is_none())
                .map(|(at, line)| (at, line.clone()))
                .collect()
        };
        let (expected, got) = (fixed(&self.lines), fixed(got));
        let same = |one: &str, other: &str| match (self.rules.group(one), self.rules.group(other)) {
            (Some(group), Some(with)) => group == with,
            (None, None) => one == other,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let agreed = expected.iter().zip(&got).take_while(|((_, one), (_, other))| same(one, other)).count();
        match (expected.get(agreed), got.get(agreed)) {
            (None, None) => None,
            (Some((number, line)), None) => Some(Difference::Missing { number: *number, line: line.clone() }),
            (None, Some((number, line))) => Some(Difference::Extra { number: *number, line: line.clone() }),
            (Some((_, expected)), Some((number, got))) => {
                Some(Difference::Line { number: *number, expected: expected.clone(), got: got.clone() })
            }
        }
    }
}

/// Compares lines without their order.
fn bag(expected: Vec<(usize, String)>, got: Vec<(usize, String)>) -> Option<Difference> {
    let mut extra = got;
    let mut missing = Vec::new();
    for (number, line) in expected {
        match extra.iter().position(|(_, found)| *found == line) {
            Some(place) => {
                extra.remove(place);
            }
            None => missing.push((number, line)),
        }
    }
    match (missing.into_iter().next(), extra.into_iter().next()) {
        (None, None) => None,
        (Some((number, line)), None) => Some(Difference::Missing { number, line }),
        (None, Some((number, line))) => Some(Difference::Extra { number, line }),
        (Some((_, expected)), Some((number, got))) => Some(Difference::Line { number, expected, got }),
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("var is the expected output")
    }
}

impl PredicateReflection for Expected {}

impl Predicate<[u8]> for Expected {
    fn eval(&self, output: &[u8]) -> bool {
        self.mismatch(output).is_none()
    }

    fn find_case<'a>(&'a self, wanted: bool, output: &[u8]) -> Option<Case<'a>> {
        let mismatch = self.mismatch(output);
        if mismatch.is_none() != wanted {
            return None;
        }
        let case = Case::new(Some(self), wanted);
        Some(match mismatch {
            Some(mismatch) => case.add_product(Product::new("diff", mismatch.diff())),
            None => case,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(any_order: &[&str], floating: &[(&str, &str)], replace: &[(&str, &str)]) -> OutputRules {
        let regex = |pattern: &str| Regex::new(pattern).unwrap();
        OutputRules {
            any_order: any_order.iter().map(|pattern| regex(pattern)).collect(),
            floating: floating
                .iter()
                .map(|(line, before)| Floating { line: regex(line), before: (*before).into() })
                .collect(),
            replace: replace
                .iter()
                .map(|(pattern, with)| Replace { pattern: regex(pattern), with: (*with).into() })
                .collect(),
        }
    }

    fn check(rules: &OutputRules, expected: &str, got: &str, difference: Option<Difference>) {
        let found = Expected::new(rules, expected.as_bytes()).mismatch(got.as_bytes());
        assert_eq!(found.map(|mismatch| mismatch.first), difference, "{got:?}");
    }

    fn line(number: usize, expected: &str, got: &str) -> Option<Difference> {
        Some(Difference::Line { number, expected: expected.into(), got: got.into() })
    }

    #[test]
    fn the_first_line_that_differs_is_named() {
        let rules = OutputRules::default();
        check(&rules, "a\nb\n", "a\nb", None);
        check(&rules, "a\nb\nc\n", "a\nx\ny\n", line(2, "b", "x"));
        check(&rules, "a\nb\n", "a\n", Some(Difference::Missing { number: 2, line: "b".into() }));
        check(&rules, "a\n", "a\nb\n", Some(Difference::Extra { number: 2, line: "b".into() }));
    }

    const CHILDREN: &str = "start\nchild 0\nchild 1\nend\n";

    #[test]
    fn lines_in_any_order_keep_their_places_among_the_others() {
        let rules = rules(&["^child"], &[], &[]);
        check(&rules, CHILDREN, "start\nchild 1\nchild 0\nend\n", None);
        check(&rules, CHILDREN, "start\nchild 1\nend\nchild 0\n", line(3, "child 1", "end"));
        check(&rules, CHILDREN, "start\nchild 1\nchild 1\nend\n", line(3, "child 0", "child 1"));
        check(
            &rules,
            CHILDREN,
            "start\nchild 1\nend\n",
            Some(Difference::Missing { number: 2, line: "child 0".into() }),
        );
    }

    const GREETINGS: &str = "hello from ana\nhello from eva\nana: exit 0\neva: signal 9\njoined 2\n";

    fn greetings() -> OutputRules {
        rules(&[], &[("^hello from (.*)$", "^{1}: (exit|signal) ")], &[])
    }

    #[test]
    fn a_floating_line_stands_anywhere_before_its_own() {
        check(&greetings(), GREETINGS, "hello from ana\nana: exit 0\nhello from eva\neva: signal 9\njoined 2\n", None);
        check(
            &greetings(),
            GREETINGS,
            "hello from eva\nana: exit 0\nhello from ana\neva: signal 9\njoined 2\n",
            Some(Difference::Late { number: 3, line: "hello from ana".into(), before: "ana: exit 0".into() }),
        );
        check(
            &greetings(),
            GREETINGS,
            "hello from ana\nana: exit 0\neva: signal 9\njoined 2\n",
            Some(Difference::Missing { number: 2, line: "hello from eva".into() }),
        );
    }

    #[test]
    fn two_of_one_name_are_paired_in_order() {
        let expected = "hello from a\nhello from a\na: exit 0\na: exit 0\n";
        check(&greetings(), expected, "hello from a\na: exit 0\nhello from a\na: exit 0\n", None);
        let late = Difference::Late { number: 4, line: "hello from a".into(), before: "a: exit 0".into() };
        check(&greetings(), expected, "hello from a\na: exit 0\na: exit 0\nhello from a\n", Some(late));
    }

    #[test]
    fn a_name_is_no_pattern() {
        let expected = "hello from a+\na+: exit 0\n";
        check(&greetings(), expected, expected, None);
    }

    #[test]
    fn what_varies_is_replaced_on_both_sides() {
        let rules = rules(&[], &[], &[(r"\d+\.\d\d (ns|µs)$", "<cost>")]);
        check(&rules, "lock   <cost>\n", "lock  25.10 ns\n", None);
        check(&rules, "lock   <cost>\n", "lock  25.1 ns\n", line(1, "lock <cost>", "lock 25.1 ns"));
    }

    #[test]
    fn its_case_shows_the_whole_difference() {
        let expected = Expected::new(&OutputRules::default(), b"a\nb\n");
        assert!(expected.eval(b"a\nb\n".as_slice()));
        let case = expected.find_case(false, b"a\nc\n".as_slice()).unwrap();
        let shown = case.products().next().unwrap().to_string();
        assert!(shown.contains("-b") && shown.contains("+c"), "{shown}");
    }
}
