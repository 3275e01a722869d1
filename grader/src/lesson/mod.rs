//! Lessons: reads and checks `lesson.toml`, the contract of a topic. Owns the file's format;
//! runs nothing.

mod checker;
mod contract;
mod draw;
mod error;
mod format;
mod parse;
mod rules;

pub use contract::{Bilingual, Case, Lesson, MechanismUse, Mutant, Parameters, QuantityError, Reach};
pub use draw::{Draw, Generated, Piece, Template};
pub use error::{LessonError, Problem, nearest};
pub use parse::parse;
