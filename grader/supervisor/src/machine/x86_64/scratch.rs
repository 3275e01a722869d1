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
pub(crate) const STRINGS_LEN: u64 = TABLE - STRINGS;
/// Where the code is that changes the protection of many ranges.
pub(crate) const PROTECT: u64 = SCRATCH + 0x40;
/// The ranges: start, length and protection of each, 8 bytes each.
pub(crate) const TABLE: u64 = SCRATCH + 0x10_000;
/// Room in it.
pub(crate) const TABLE_ENTRIES: usize = 2700;

/// An instruction of one byte that stops a task.
pub(crate) const BREAKPOINT: u8 = 0xcc;

/// Calls `mprotect` for as many entries of the table at `rbx` as `ebp` says, and collects in
/// `r12` what the calls return.
pub(crate) const PROTECT_CODE: [u8; 30] = [
    0x48, 0x8b, 0x3b, // mov rdi, [rbx]
    0x48, 0x8b, 0x73, 0x08, // mov rsi, [rbx + 8]
    0x48, 0x8b, 0x53, 0x10, // mov rdx, [rbx + 16]
    0xb8, 0x0a, 0x00, 0x00, 0x00, // mov eax, mprotect
    0x0f, 0x05, // syscall
    0x49, 0x09, 0xc4, // or r12, rax
    0x48, 0x83, 0xc3, 0x18, // add rbx, 24
    0xff, 0xcd, // dec ebp
    0x75, 0xe3, // jnz to the first
    0xcc, // int3
];
