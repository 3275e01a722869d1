//! The system calls that nobody who is built or run without being followed may make.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

/// Ways out, ways to watch others, and ways to do the kernel's work out of sight. What the
/// course is about (fork, pipes, Unix sockets, shared memory, locks, signals) is none of it.
pub(crate) const DENIED: [i64; 59] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_vmsplice,
];

/// The filter.
pub(crate) fn filter() -> Result<BpfProgram, BackendError> {
    let mut denied: BTreeMap<i64, Vec<SeccompRule>> = DENIED.into_iter().map(|call| (call, vec![])).collect();
    // sockets of every family but the Unix ones
    let unix = libc::AF_UNIX as u64;
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, unix)?;
        denied.insert(call, vec![SeccompRule::new(vec![other])?]);
    }
    SeccompFilter::new(denied, SeccompAction::Allow, SeccompAction::Errno(libc::EPERM as u32), TargetArch::x86_64)?
        .try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_students_need_is_not_denied() {
        let needed = [
            libc::SYS_fork,
            libc::SYS_clone,
            libc::SYS_pipe2,
            libc::SYS_shmget,
            libc::SYS_semop,
            libc::SYS_msgsnd,
            libc::SYS_mq_open,
            libc::SYS_flock,
            libc::SYS_fcntl,
            libc::SYS_kill,
            libc::SYS_futex,
            libc::SYS_memfd_create,
            libc::SYS_eventfd2,
        ];
        assert!(needed.iter().all(|call| !DENIED.contains(call)));
        assert!(filter().is_ok());
    }
}
