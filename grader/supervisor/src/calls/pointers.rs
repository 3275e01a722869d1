//! Which memory of its caller the kernel may read or write for a call. Too much does no harm:
//! it is opened for the call alone.

/// The ranges (start and length in bytes) that the arguments point to, and whether there may
/// be more behind them. `stack` is the caller's stack pointer.
pub(crate) fn pointers(call: i64, args: [u64; 6], stack: u64) -> (Vec<(u64, u64)>, bool) {
    /// Any structure or path that the kernel reads or writes.
    const STRUCTURE: u64 = 4096;
    /// What a handler's frame takes on the stack.
    const FRAME: u64 = 4 * 4096;
    let nested = matches!(
        call,
        libc::SYS_readv
            | libc::SYS_writev
            | libc::SYS_preadv
            | libc::SYS_pwritev
            | libc::SYS_preadv2
            | libc::SYS_pwritev2
            | libc::SYS_sendmsg
            | libc::SYS_recvmsg
            | libc::SYS_sendmmsg
            | libc::SYS_recvmmsg
            | libc::SYS_execve
            | libc::SYS_execveat
            | libc::SYS_semctl
            | libc::SYS_pselect6
            | libc::SYS_ioctl
            | libc::SYS_prctl
    );
    if call == libc::SYS_rt_sigreturn {
        return (vec![(stack.saturating_sub(64), FRAME)], false);
    }
    let len_of = |index: usize| match (call, index) {
        (
            libc::SYS_read
            | libc::SYS_write
            | libc::SYS_pread64
            | libc::SYS_pwrite64
            | libc::SYS_recvfrom
            | libc::SYS_sendto
            | libc::SYS_getdents64
            | libc::SYS_mq_timedsend
            | libc::SYS_mq_timedreceive
            | libc::SYS_msgsnd
            | libc::SYS_msgrcv,
            1,
        ) => args[2].saturating_add(16),
        (libc::SYS_getrandom | libc::SYS_getcwd, 0) => args[1],
        _ => STRUCTURE,
    };
    const MOST: u64 = 64 << 20;
    let ranges = args.iter().enumerate().filter(|(_, arg)| **arg >= STRUCTURE);
    (ranges.map(|(index, arg)| (*arg, len_of(index).min(MOST))).collect(), nested)
}

#[cfg(test)]
mod tests {
    use super::pointers;

    #[test]
    fn a_buffer_is_as_long_as_the_call_says() {
        let (ranges, more) = pointers(libc::SYS_write, [1, 0x7000_0000, 200_000, 0, 0, 0], 0);
        assert!(ranges.contains(&(0x7000_0000, 200_016)));
        assert!(!more);
    }

    #[test]
    fn what_lists_of_buffers_point_to_is_not_followed() {
        assert!(pointers(libc::SYS_writev, [1, 0x7000_0000, 2, 0, 0, 0], 0).1);
    }
}
