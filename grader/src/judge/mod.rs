//! The judge: says what is wrong with one execution, by the contract of one run. Pure: it is
//! shown executions, and runs nothing.

mod family;
mod fault;
mod kind;
mod run;

pub use fault::{Crash, Death, Failure, Fault};
pub use kind::{Kind, KindCode, OutputOrder, printed_at};
pub use run::{Contract, Doubt, Helpers, Learn, RunJudge};
