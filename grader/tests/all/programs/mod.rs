//! The corpus of programs in C, Rust and Python: reads its tables, builds the programs, has
//! them explored. Never judges: who uses it says what is right.

mod build;
mod explore;
mod table;

pub use build::{Built, NotBuilt, build};
pub use explore::{Enough, Explored, explore};
pub use table::{Form, Language, Program, Tasks, programs};
