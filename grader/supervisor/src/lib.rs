//! The supervisor: runs one execution of a program, all its tasks one at a time, and lets a
//! [`Scheduler`] choose.

mod program;

pub use program::{Limits, Program, RunError, Stacks};

use explorer::{Execution, Scheduler};

/// Runs `program` once under `scheduler`.
///
/// # Errors
/// [`RunError`] where the supervisor itself could not do its work. Whatever the program does
/// is no error: it is in the [`Execution`].
pub fn run(program: &Program, limits: &Limits, stacks: Stacks, scheduler: &mut dyn Scheduler) -> Result<Execution, RunError> {
    let _ = (program, limits, stacks, scheduler);
    Err(RunError::Unsupported("not there yet".into()))
}
