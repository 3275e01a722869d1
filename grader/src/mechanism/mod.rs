//! The mechanism: whether a program does its work by the means that its topic asks for, as
//! far as that is seen from outside. Pure: looks at executions, runs nothing.

mod evaluate;
mod flow;
mod memory;
mod rule;
mod tasks;

pub use evaluate::{Broken, evaluate};
pub use rule::{Amount, Channel, Condition, Holds, Party, Rule};
pub use tasks::{Process, Tasks};
