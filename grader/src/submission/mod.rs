//! Submissions: where a student's programs are, and what is taken from them: the regular
//! `.rs` files under `src`, and nothing else.

mod locate;
mod sources;

pub use locate::{LocateError, locate};
pub use sources::{Defect, ReadError, Sources, read};
