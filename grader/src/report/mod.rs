//! Reports: tells what was found, as text and as JSON, in the reader's language.

mod act;
mod book;
pub mod clean;
mod excerpt;
mod faults;
mod interleaving;
mod json;
mod kinds;
mod names;
mod rules;
#[cfg(test)]
mod snapshots;
mod stuck;
mod text;
mod texts;
mod told;
mod topic;
mod waits;

pub use act::{Acts, value};
pub use book::{Book, Disk, Place};
pub use excerpt::Mark;
pub use interleaving::{Row, Table};
pub use json::{ProgramReport, Report, to_text};
pub use kinds::RightTold;
pub use names::Names;
pub use text::{Detail, Message, explain, line};
pub use texts::{Language, Texts, Value};
pub use told::{CaseTold, OutputTold, Told};
pub use topic::{ReachedTold, Standing, TopicReport};
