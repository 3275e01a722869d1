//! Steps through a recorded execution in the terminal, forward and back. Runs nothing: all that
//! it shows is in memory.

mod keys;
mod tape;
mod terminal;
mod view;

pub use tape::Tape;
pub use terminal::{is_there, show};
