//! A few pages that the supervisor maps into every address space, for its own use there.

/// Where they are.
pub(crate) const SCRATCH: u64 = 0x1000_0000_0000;
/// Their length in bytes.
pub(crate) const SCRATCH_LEN: u64 = 0x20_000;
/// `syscall; int3`: with it a task makes a system call for us.
pub(crate) const INJECT: u64 = SCRATCH;
/// Where a copy of a program's instruction is run.
pub(super) const CODE: u64 = SCRATCH + 0x100;
/// What stands for the shared memory that the copy reads and writes.
pub(super) const SLOT: u64 = SCRATCH + 0x1000;
/// Room for rewritten arguments of system calls.
pub(crate) const STRINGS: u64 = SCRATCH + 0x2000;
/// Its length in bytes.
pub(crate) const STRINGS_LEN: u64 = SCRATCH_LEN - 0x2000;
