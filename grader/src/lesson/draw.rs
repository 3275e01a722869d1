//! Cases drawn from a seed: the same seed gives the same cases on every machine.

use std::collections::BTreeMap;

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::contract::{Case, MechanismUse, Reach};
use crate::session::{Bounds, Scope};

/// Letters of drawn words; some take more than one byte.
const LETTERS: [char; 16] = ['a', 'b', 'e', 'h', 'i', 'l', 'n', 'o', 's', 't', 'u', 'z', 'á', 'é', 'ñ', 'ü'];

/// A group of cases that differ in what was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The group's name; its cases are numbered from 1.
    pub name: String,
    /// How many.
    pub count: u32,
    /// The arguments.
    pub args: Vec<Template>,
    /// The lines of standard input.
    pub input: Vec<Template>,
    /// How far to look.
    pub bounds: Bounds,
    /// What to take into account there.
    pub scope: Scope,
    /// Whether less than that is enough.
    pub reach: Reach,
    /// Whether the mechanism's rules apply.
    pub mechanism: MechanismUse,
    /// What is drawn for each name.
    pub draw: BTreeMap<String, Draw>,
}

/// A kind of value to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Draw {
    /// A whole number, both ends included.
    Integer(i64, i64),
    /// One of these.
    Of(Vec<String>),
    /// Letters: so few to so many.
    Word(u32, u32),
    /// So few to so many of something.
    List(Box<Draw>, u32, u32),
}

/// Where drawn values go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Template {
    /// Text with values in it.
    Text(Vec<Piece>),
    /// Each value of a list by itself.
    Each(String),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Literal(String),
    /// The value of a name.
    Value(String),
}

impl Template {
    /// Reads `"{workers}"` or `"{name}={code}"`; `lists` are the names that hold lists.
    ///
    /// # Errors
    /// What is wrong with it, as a fragment.
    pub(super) fn parse(text: &str, draw: &BTreeMap<String, Draw>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or("`{` without `}`")? + open;
            let name = &rest[open + 1..close];
            let drawn = draw.get(name).ok_or_else(|| format!("`{name}` is not drawn"))?;
            if matches!(drawn, Draw::List(..)) {
                let alone = open == 0 && close + 1 == rest.len() && pieces.is_empty();
                return if alone {
                    Ok(Template::Each(name.into()))
                } else {
                    Err(format!("`{name}` is a list, which must stand alone"))
                };
            }
            if open > 0 {
                pieces.push(Piece::Literal(rest[..open].into()));
            }
            pieces.push(Piece::Value(name.into()));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.into()));
        }
        Ok(Template::Text(pieces))
    }

    fn fill(&self, drawn: &BTreeMap<&str, Vec<String>>) -> Vec<String> {
        let values = |name: &str| drawn.get(name).cloned().unwrap_or_default();
        match self {
            Template::Each(name) => values(name),
            Template::Text(pieces) => {
                let filled = pieces.iter().map(|piece| match piece {
                    Piece::Literal(text) => text.clone(),
                    Piece::Value(name) => values(name).concat(),
                });
                vec![filled.collect()]
            }
        }
    }
}

impl Draw {
    fn values(&self, random: &mut ChaCha8Rng) -> Vec<String> {
        match self {
            Draw::Integer(from, to) => vec![random.random_range(*from..=*to).to_string()],
            Draw::Of(all) => all.choose(random).cloned().into_iter().collect(),
            Draw::Word(from, to) => {
                let length = random.random_range(*from..=*to);
                vec![(0..length).filter_map(|_| LETTERS.choose(random)).collect()]
            }
            Draw::List(item, from, to) => {
                let length = random.random_range(*from..=*to);
                (0..length).flat_map(|_| item.values(random)).collect()
            }
        }
    }
}

impl Generated {
    /// The group's cases for a seed.
    pub fn cases(&self, seed: u64) -> Vec<Case> {
        (1..=self.count).map(|number| self.case(seed, number)).collect()
    }

    fn case(&self, seed: u64, number: u32) -> Case {
        // Each case draws from a generator of its own, so that one more case, or one draw
        // more in another, changes none of the rest.
        let key = blake3::hash(format!("{seed} {} {number}", self.name).as_bytes());
        let mut random = ChaCha8Rng::from_seed(*key.as_bytes());
        let drawn = self.draw.iter().map(|(name, draw)| (name.as_str(), draw.values(&mut random))).collect();
        let fill = |templates: &[Template]| templates.iter().flat_map(|template| template.fill(&drawn)).collect();
        let lines: Vec<String> = fill(&self.input);
        Case {
            name: format!("{}_{number}", self.name),
            args: fill(&self.args),
            input: lines.iter().map(|line| format!("{line}\n")).collect(),
            exit: 0,
            bounds: self.bounds,
            scope: self.scope,
            reach: self.reach,
            mechanism: self.mechanism,
            keeps: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> Generated {
        let draw = BTreeMap::from([
            ("workers".to_owned(), Draw::Integer(1, 4)),
            ("name".to_owned(), Draw::Word(1, 5)),
            ("need".to_owned(), Draw::Of(vec!["share memory".into(), "nonsense".into()])),
            ("numbers".to_owned(), Draw::List(Box::new(Draw::Integer(-9, 9)), 2, 5)),
        ]);
        let templates = |texts: &[&str]| texts.iter().map(|text| Template::parse(text, &draw).unwrap()).collect();
        Generated {
            name: "any".into(),
            count: 8,
            args: templates(&["{workers}", "{name}={workers}", "{numbers}"]),
            input: templates(&["{need}"]),
            bounds: Bounds { preemptions: 0, executions: 1 },
            scope: Scope::default(),
            reach: Reach::Partial,
            mechanism: MechanismUse::Judged,
            draw,
        }
    }

    #[test]
    fn a_seed_gives_the_same_cases_again_and_another_gives_others() {
        assert_eq!(group().cases(7), group().cases(7));
        assert_ne!(group().cases(7), group().cases(8));
    }

    #[test]
    fn drawn_values_stay_within_their_bounds() {
        for case in group().cases(1) {
            let workers: i64 = case.args[0].parse().unwrap();
            assert!((1..=4).contains(&workers));
            assert!(case.args[1].ends_with(&format!("={workers}")));
            assert!((2..=5).contains(&(case.args.len() - 2)));
            assert!(case.input == "share memory\n" || case.input == "nonsense\n");
        }
    }

    #[test]
    fn a_draw_is_the_same_on_every_machine() {
        let first = &group().cases(1)[0];
        assert_eq!(first.args, ["4", "olhbz=4", "9", "-5", "1"]);
    }

    #[test]
    fn a_list_stands_alone_and_a_name_must_be_drawn() {
        let draw = group().draw;
        assert!(Template::parse("x{numbers}", &draw).is_err());
        assert!(Template::parse("{nothing}", &draw).is_err());
        assert!(Template::parse("{workers", &draw).is_err());
    }
}
