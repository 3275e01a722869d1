//! The rules about what is seen from outside, as a lesson states them (quantities are
//! expressions) and as they stand for one run (quantities are numbers).

use regex::Regex;

use crate::expression::{Expression, Quantities};
use crate::lesson::Bilingual;

/// A condition with where it must hold.
#[derive(Clone, Debug)]
pub struct Rule<Quantity> {
    /// What must hold.
    pub condition: Condition<Quantity>,
    /// In which executions.
    pub holds: Holds,
    /// What a student is told where it does not; a text for the kind of rule otherwise.
    pub say: Option<Bilingual>,
}

/// In which executions a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// In all that were explored.
    Always,
    /// In at least one of them.
    Once,
}

/// How much there must be of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount<Quantity> {
    /// So much.
    Exactly(Quantity),
    /// So much or more.
    AtLeast(Quantity),
    /// So much or less.
    AtMost(Quantity),
}

/// Whose part of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The first process.
    Parent,
    /// Every other process.
    Children,
    /// All.
    Anyone,
}

/// What a flow goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Pipes, sockets, FIFOs and message queues.
    Kernel,
    /// Those, and shared memory.
    Anything,
}

/// What can be asked for.
#[derive(Clone, Debug)]
pub enum Condition<Quantity> {
    /// So many processes beyond the first.
    Children(Amount<Quantity>),
    /// So many threads of the first process beyond its first.
    Threads(Amount<Quantity>),
    /// All children were started before the first was waited for.
    ChildrenTogether,
    /// So many threads of the first process, beyond its first, lived at one moment.
    ThreadsTogether(Amount<Quantity>),
    /// So many children lived at one moment.
    AliveTogether(Amount<Quantity>),
    /// Each line like this was printed by a child, no two by the same.
    LinesByChildren(Regex),
    /// So many bytes went from these to those.
    Flow {
        /// The senders.
        from: Party,
        /// The receivers.
        to: Party,
        /// What counts.
        through: Channel,
        /// How many bytes.
        amount: Amount<Quantity>,
    },
    /// So many children got anything from these.
    Receivers {
        /// The senders.
        from: Party,
        /// What counts.
        through: Channel,
        /// How many children.
        amount: Amount<Quantity>,
    },
    /// So many children each changed shared memory so often or more.
    Writers {
        /// How often each.
        times: Quantity,
        /// How many children.
        amount: Amount<Quantity>,
    },
    /// So many children each read shared memory so often or more.
    Readers {
        /// How often each.
        times: Quantity,
        /// How many children.
        amount: Amount<Quantity>,
    },
    /// So many 8-byte words were written by children, and by nobody else after the first
    /// child started.
    WordsByChildren(Amount<Quantity>),
    /// There are so many words, each changed so often by children.
    WordChanges {
        /// How many words.
        words: Quantity,
        /// How often each.
        amount: Amount<Quantity>,
    },
    /// So many words were used by more than one process.
    SharedWords(Amount<Quantity>),
    /// So many children were ended by a signal.
    Killed(Amount<Quantity>),
}

impl<Quantity> Amount<Quantity> {
    /// The quantity in it.
    pub fn quantity(&self) -> &Quantity {
        match self {
            Amount::Exactly(quantity) | Amount::AtLeast(quantity) | Amount::AtMost(quantity) => quantity,
        }
    }

    fn try_map<To, E>(&self, map: impl FnOnce(&Quantity) -> Result<To, E>) -> Result<Amount<To>, E> {
        Ok(match self {
            Amount::Exactly(quantity) => Amount::Exactly(map(quantity)?),
            Amount::AtLeast(quantity) => Amount::AtLeast(map(quantity)?),
            Amount::AtMost(quantity) => Amount::AtMost(map(quantity)?),
        })
    }
}

impl Amount<u64> {
    /// Whether so much is right.
    pub fn allows(self, seen: u64) -> bool {
        match self {
            Amount::Exactly(wanted) => seen == wanted,
            Amount::AtLeast(wanted) => seen >= wanted,
            Amount::AtMost(wanted) => seen <= wanted,
        }
    }
}

impl Rule<Expression> {
    /// The rule as it stands for one run.
    ///
    /// # Errors
    /// The first name that has no value.
    pub fn resolve(&self, quantities: &Quantities) -> Result<Rule<u64>, String> {
        let value = |expression: &Expression| expression.evaluate(quantities);
        let amount = |amount: &Amount<Expression>| amount.try_map(value);
        let condition = match &self.condition {
            Condition::Children(wanted) => Condition::Children(amount(wanted)?),
            Condition::Threads(wanted) => Condition::Threads(amount(wanted)?),
            Condition::ChildrenTogether => Condition::ChildrenTogether,
            Condition::ThreadsTogether(wanted) => Condition::ThreadsTogether(amount(wanted)?),
            Condition::AliveTogether(wanted) => Condition::AliveTogether(amount(wanted)?),
            Condition::LinesByChildren(pattern) => Condition::LinesByChildren(pattern.clone()),
            Condition::Flow { from, to, through, amount: wanted } => {
                Condition::Flow { from: *from, to: *to, through: *through, amount: amount(wanted)? }
            }
            Condition::Receivers { from, through, amount: wanted } => {
                Condition::Receivers { from: *from, through: *through, amount: amount(wanted)? }
            }
            Condition::Writers { times, amount: wanted } => {
                Condition::Writers { times: value(times)?, amount: amount(wanted)? }
            }
            Condition::Readers { times, amount: wanted } => {
                Condition::Readers { times: value(times)?, amount: amount(wanted)? }
            }
            Condition::WordsByChildren(wanted) => Condition::WordsByChildren(amount(wanted)?),
            Condition::WordChanges { words, amount: wanted } => {
                Condition::WordChanges { words: value(words)?, amount: amount(wanted)? }
            }
            Condition::SharedWords(wanted) => Condition::SharedWords(amount(wanted)?),
            Condition::Killed(wanted) => Condition::Killed(amount(wanted)?),
        };
        Ok(Rule { condition, holds: self.holds, say: self.say.clone() })
    }
}
