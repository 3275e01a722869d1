//! Compares a program's output with what it must be, by the rules of its lesson, and says
//! what differs first.

mod difference;
mod expected;
mod lines;

pub use difference::{Difference, Mismatch};
pub use expected::{Expected, Floating, OutputRules, Replace};
