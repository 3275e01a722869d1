//! Everything that knows which processor this is: registers, system call conventions,
//! instructions. Another processor gets a folder beside `x86_64` with the same names.

mod x86_64;

pub(crate) use x86_64::{
    Auxiliary, BREAKPOINT, Effect, Instruction, Memory, Registers, Stand, Unreadable, Vectors, Way, decode,
    first_loads, interpret, is_fence, is_timestamp_read, scratch,
};
