/// The first page of `len` bytes from `start` on that is mapped: a mapping that must not replace
/// another fails where one is.
fn mapped(start: usize, len: usize) -> Option<usize> {
    // more than that no process may have at once
    if len <= 1 << 32 {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
        // SAFETY: it replaces nothing.
        let there = unsafe { libc::mmap(start as *mut libc::c_void, len, libc::PROT_NONE, flags, -1, 0) };
        if there != libc::MAP_FAILED {
            // SAFETY: nobody else knows of it.
            unsafe { libc::munmap(there, len) };
            return None;
        }
        if len == 4096 {
            return Some(start);
        }
    }
    mapped(start, len / 2).or_else(|| mapped(start + len / 2, len / 2))
}
