//! The small expressions in which a lesson states quantities: `producers * items`,
//! `max(1, workers - 1)`. Owns their grammar and their value; knows no rule and no lesson.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// The names that an expression may use, with their values.
pub type Quantities = BTreeMap<String, i64>;

/// A quantity, not yet worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Number(i64),
    Name(String, Range<usize>),
    Sum(Box<Node>, Box<Node>),
    Difference(Box<Node>, Box<Node>),
    Product(Box<Node>, Box<Node>),
    Least(Vec<Node>),
    Greatest(Vec<Node>),
}

/// What is wrong with the text of an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    /// The bytes of the text that are wrong.
    pub at: Range<usize>,
    /// Why, as a fragment.
    pub problem: String,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ExpressionError {}

impl Expression {
    /// A number, as it is.
    pub fn number(number: i64) -> Self {
        Expression { root: Node::Number(number) }
    }

    /// Reads an expression.
    ///
    /// # Errors
    /// Where the text is not one.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut parser = Parser { text, tokens: tokens(text)?, next: 0 };
        let root = parser.sum()?;
        match parser.tokens.get(parser.next) {
            None => Ok(Expression { root }),
            Some((_, at)) => {
                Err(ExpressionError { at: at.clone(), problem: "expected an operator or the end here".into() })
            }
        }
    }

    /// The names it uses, and where they stand in its text.
    pub fn names(&self) -> Vec<(&str, Range<usize>)> {
        let mut names = Vec::new();
        self.root.names(&mut names);
        names
    }

    /// Its value; one below zero counts as 0.
    ///
    /// # Errors
    /// The first name that has no value.
    pub fn evaluate(&self, quantities: &Quantities) -> Result<u64, String> {
        self.root.evaluate(quantities).map(|value| u64::try_from(value).unwrap_or(0))
    }
}

impl Node {
    fn names<'a>(&'a self, into: &mut Vec<(&'a str, Range<usize>)>) {
        match self {
            Node::Number(_) => {}
            Node::Name(name, at) => into.push((name, at.clone())),
            Node::Sum(left, right) | Node::Difference(left, right) | Node::Product(left, right) => {
                left.names(into);
                right.names(into);
            }
            Node::Least(all) | Node::Greatest(all) => all.iter().for_each(|node| node.names(into)),
        }
    }

    fn evaluate(&self, quantities: &Quantities) -> Result<i64, String> {
        let value = |node: &Node| node.evaluate(quantities);
        Ok(match self {
            Node::Number(number) => *number,
            Node::Name(name, _) => *quantities.get(name).ok_or_else(|| name.clone())?,
            Node::Sum(left, right) => value(left)?.saturating_add(value(right)?),
            Node::Difference(left, right) => value(left)?.saturating_sub(value(right)?),
            Node::Product(left, right) => value(left)?.saturating_mul(value(right)?),
            Node::Least(all) => all.iter().map(value).collect::<Result<Vec<_>, _>>()?.into_iter().min().unwrap_or(0),
            Node::Greatest(all) => all.iter().map(value).collect::<Result<Vec<_>, _>>()?.into_iter().max().unwrap_or(0),
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Number(i64),
    Name(String),
    Sign(char),
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, ExpressionError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        let mut run = |belongs: fn(char) -> bool| {
            let mut end = start + first.len_utf8();
            while let Some((at, next)) = rest.next_if(|(_, next)| belongs(*next)) {
                end = at + next.len_utf8();
            }
            start..end
        };
        match first {
            ' ' => {}
            '+' | '-' | '*' | '(' | ')' | ',' => found.push((Token::Sign(first), start..start + 1)),
            '0'..='9' => {
                let at = run(|next| next.is_ascii_digit());
                let number = text[at.clone()]
                    .parse()
                    .map_err(|_| ExpressionError { at: at.clone(), problem: "this number is too large".into() })?;
                found.push((Token::Number(number), at));
            }
            'a'..='z' => {
                let at = run(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '_');
                found.push((Token::Name(text[at.clone()].to_owned()), at));
            }
            other => {
                let problem = format!("`{other}` is not part of an expression");
                return Err(ExpressionError { at: start..start + other.len_utf8(), problem });
            }
        }
    }
    Ok(found)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
}

impl Parser<'_> {
    fn take(&mut self, sign: char) -> bool {
        let there = matches!(self.tokens.get(self.next), Some((Token::Sign(found), _)) if *found == sign);
        self.next += usize::from(there);
        there
    }

    fn need(&mut self, sign: char) -> Result<(), ExpressionError> {
        if self.take(sign) { Ok(()) } else { Err(self.wrong(&format!("expected `{sign}` here"))) }
    }

    fn wrong(&self, problem: &str) -> ExpressionError {
        let end = self.text.len();
        let at = self.tokens.get(self.next).map_or(end..end, |(_, at)| at.clone());
        ExpressionError { at, problem: problem.into() }
    }

    fn sum(&mut self) -> Result<Node, ExpressionError> {
        let mut left = self.product()?;
        loop {
            if self.take('+') {
                left = Node::Sum(Box::new(left), Box::new(self.product()?));
            } else if self.take('-') {
                left = Node::Difference(Box::new(left), Box::new(self.product()?));
            } else {
                return Ok(left);
            }
        }
    }

    fn product(&mut self) -> Result<Node, ExpressionError> {
        let mut left = self.atom()?;
        while self.take('*') {
            left = Node::Product(Box::new(left), Box::new(self.atom()?));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Node, ExpressionError> {
        let Some((token, at)) = self.tokens.get(self.next).cloned() else {
            return Err(self.wrong("expected a number or a name here"));
        };
        match token {
            Token::Number(number) => {
                self.next += 1;
                Ok(Node::Number(number))
            }
            Token::Name(name) => {
                self.next += 1;
                match name.as_str() {
                    "min" => self.list().map(Node::Least),
                    "max" => self.list().map(Node::Greatest),
                    _ => Ok(Node::Name(name, at)),
                }
            }
            Token::Sign('(') => {
                self.next += 1;
                let inner = self.sum()?;
                self.need(')')?;
                Ok(inner)
            }
            Token::Sign(_) => Err(self.wrong("expected a number or a name here")),
        }
    }

    fn list(&mut self) -> Result<Vec<Node>, ExpressionError> {
        self.need('(')?;
        let mut all = vec![self.sum()?];
        while self.take(',') {
            all.push(self.sum()?);
        }
        self.need(')')?;
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: u64) {
        let quantities = Quantities::from([("workers".into(), 3), ("items".into(), 4), ("none".into(), 0)]);
        assert_eq!(Expression::parse(text).unwrap().evaluate(&quantities), Ok(expected), "{text}");
    }

    fn check_wrong(text: &str, at: Range<usize>) {
        assert_eq!(Expression::parse(text).unwrap_err().at, at, "{text}");
    }

    #[test]
    fn a_product_binds_tighter_than_a_sum() {
        check("1 + workers * items", 13);
        check("(1 + workers) * items", 16);
        check("workers - 1 - 1", 1);
    }

    #[test]
    fn the_least_and_the_greatest_are_found() {
        check("min(workers, items, 9)", 3);
        check("max(1, none - 1)", 1);
    }

    #[test]
    fn what_is_below_zero_counts_as_none() {
        check("none - workers", 0);
    }

    #[test]
    fn an_error_names_its_place() {
        check_wrong("workers +", 9..9);
        check_wrong("workers items", 8..13);
        check_wrong("workers / 2", 8..9);
        check_wrong("min(1", 5..5);
    }

    #[test]
    fn a_name_without_a_value_is_an_error() {
        let expression = Expression::parse("1 + nobody").unwrap();
        assert_eq!(expression.evaluate(&Quantities::new()), Err("nobody".to_owned()));
        assert_eq!(expression.names(), [("nobody", 4..10)]);
    }
}
