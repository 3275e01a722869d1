//! x86-64 as Linux uses it.

mod arithmetic;
mod exchange;
mod instruction;
mod interpret;
mod registers;
mod scratch;

pub(crate) use instruction::{Effect, Instruction, Stand, Unreadable, Way, decode, is_fence, is_timestamp_read};
pub(crate) use interpret::{Memory, interpret};
pub(crate) use registers::{Auxiliary, Registers};
pub(crate) use scratch::{
    BREAKPOINT, INJECT, PROTECT, PROTECT_CODE, SCRATCH, SCRATCH_LEN, STRINGS, STRINGS_LEN, TABLE, TABLE_ENTRIES,
};
