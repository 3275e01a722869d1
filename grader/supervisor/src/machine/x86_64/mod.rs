//! x86-64 as Linux uses it.

mod arithmetic;
mod exchange;
mod instruction;
mod interpret;
mod loads;
mod moves;
mod registers;
pub(crate) mod scratch;
mod vectors;

pub(crate) use instruction::{Effect, Instruction, Stand, Unreadable, Way, decode, is_fence, is_timestamp_read};
pub(crate) use interpret::{Memory, interpret};
pub(crate) use loads::first_loads;
pub(crate) use registers::{Auxiliary, Registers};
pub(crate) use vectors::Vectors;

/// An instruction of one byte that stops a task.
pub(crate) const BREAKPOINT: u8 = 0xcc;
