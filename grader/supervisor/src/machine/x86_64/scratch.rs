//! A few pages that the supervisor maps into every address space, for its own use there.

use std::hash::BuildHasher;
use std::sync::LazyLock;

/// Where they are: another place in each run of the grader, so that no program can have been
/// written for it, and far from where the kernel maps by itself, from the aliases, and from the
/// shadow that sanitizers keep of memory.
static START: LazyLock<u64> = LazyLock::new(|| {
    const LOWEST: u64 = 0x1100_0000_0000;
    const PAGES: u64 = 0x0e00_0000_0000 >> 12;
    LOWEST + ((std::hash::RandomState::new().hash_one("scratch") % PAGES) << 12)
});

/// Their first byte.
pub(crate) fn start() -> u64 {
    *START
}

/// Their length in bytes.
pub(crate) const LEN: u64 = 0x20_000;

/// `syscall; int3`: with it a task makes a system call for us.
pub(crate) fn inject() -> u64 {
    start()
}

/// Where the code is that changes the protection of many ranges.
pub(crate) fn protect() -> u64 {
    start() + 0x40
}

/// Where a copy of a program's instruction is run.
pub(super) fn code() -> u64 {
    start() + 0x100
}

/// What stands for the shared memory that the copy reads and writes.
pub(super) fn slot() -> u64 {
    start() + 0x1000
}

const STRINGS: u64 = 0x2000;
const TABLE: u64 = 0x10_000;

/// Room for rewritten arguments of system calls.
pub(crate) fn strings() -> u64 {
    start() + STRINGS
}

/// Its length in bytes.
pub(crate) const STRINGS_LEN: u64 = TABLE - STRINGS;

/// The ranges whose protection is changed: start, length and protection of each, 8 bytes each.
pub(crate) fn table() -> u64 {
    start() + TABLE
}

/// Room in it.
pub(crate) const TABLE_ENTRIES: usize = 2700;

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
