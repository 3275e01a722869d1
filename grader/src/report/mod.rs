//! Reports: tells what was found, as text and as JSON, in the reader's language.

pub mod clean;
mod texts;

pub use texts::{Language, Texts, Value};
