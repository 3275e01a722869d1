//! Compares what was explored with plain runs, in which nobody follows the program.
//!
//! Never accuses: a real schedule cannot be shown again. But where a program that was right in
//! every execution explored is wrong as soon as nobody looks, the grader's view of it is worth
//! nothing, and it decides nothing.

use supervisor::{RunError, Unfollowed, UnfollowedEnd, run_unfollowed};

use super::run::Run;
use crate::judge::Learn;

/// How a plain run differed from all that was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlike {
    /// It printed what is wrong.
    Output,
    /// It ended as it should not have.
    End,
    /// It did not end.
    Endless,
}

/// So often must it differ, in so many runs at most: once may be this machine's doing.
const TIMES: usize = 2;
const RUNS: usize = 3;

/// Runs what passed, and says how that differs, if it does time and again.
///
/// # Errors
/// Where the supervisor could not do its work.
pub fn differs(run: &Run) -> Result<Option<Unlike>, RunError> {
    let mut differences = Vec::new();
    for already in 0..RUNS {
        let Some(plain) = run_unfollowed(&run.program, &run.limits)? else { return Ok(None) };
        differences.extend(difference(run, &plain));
        if differences.is_empty() || differences.len() >= TIMES || already + TIMES > RUNS + differences.len() {
            break;
        }
    }
    Ok(differences.get(TIMES - 1).copied())
}

fn difference(run: &Run, plain: &Unfollowed) -> Option<Unlike> {
    match plain.end {
        UnfollowedEnd::Exit(code) if code == run.contract.exit => {}
        UnfollowedEnd::Exit(_) | UnfollowedEnd::Signal(_) | UnfollowedEnd::TooMuch => return Some(Unlike::End),
        UnfollowedEnd::OutOfTime => return Some(Unlike::Endless),
    }
    match &run.contract.output {
        Learn::Given(expected) => expected.mismatch(&plain.output).map(|_| Unlike::Output),
        Learn::FromFirst => None,
    }
}
