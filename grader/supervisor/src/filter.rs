//! The seccomp filter: which system calls stop a task. It confines nothing by itself.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// Calls that neither share anything nor hand the kernel a pointer into shared memory.
const QUIET: [i64; 15] = [
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_arch_prctl,
    libc::SYS_umask,
    libc::SYS_sigaltstack,
    libc::SYS_fadvise64,
    libc::SYS_sync,
    libc::SYS_getpriority,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_restart_syscall,
    libc::SYS_membarrier,
    libc::SYS_set_robust_list,
];

/// Calls that are said not to exist, so that the C library falls back to ones that can be
/// followed: restartable sequences see preemptions, clone3 hides its arguments in memory,
/// io_uring does the kernel's work out of sight.
pub(crate) const ABSENT: [i64; 7] = [
    libc::SYS_rseq,
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_vmsplice,
    libc::SYS_userfaultfd,
];

/// Private mappings of fewer bytes are not counted as memory of the program's.
pub(crate) const COUNTED_FROM: u64 = 64 << 10;

/// Calls that the supervisor makes in a task's place. They have no sixth argument: there, `secret`
/// lets its own past the filter, and no stop is spent on them.
pub(crate) const OWN: [i64; 4] = [libc::SYS_mprotect, libc::SYS_mremap, libc::SYS_munmap, libc::SYS_clone];

/// What lets the supervisor's own calls past the filter; in registers alone, and only while it
/// makes them.
pub(crate) fn secret() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    static SECRET: std::sync::OnceLock<u64> = std::sync::OnceLock::new();
    *SECRET.get_or_init(|| RandomState::new().hash_one("secret"))
}

/// The filters, in the order of their installation: the stricter answer wins.
pub(crate) fn programs() -> Result<[BpfProgram; 2], seccompiler::BackendError> {
    let absent = SeccompFilter::new(
        ABSENT.into_iter().map(|call| (call, vec![])).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(libc::ENOSYS as u32),
        TargetArch::x86_64,
    )?;
    let mut allowed: BTreeMap<i64, Vec<SeccompRule>> = QUIET.into_iter().map(|call| (call, vec![])).collect();
    let ours = SeccompCondition::new(5, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, secret())?;
    for call in OWN {
        allowed.insert(call, vec![SeccompRule::new(vec![ours.clone()])?]);
    }
    // taking signals off the mask never hides our faults
    let unblock = libc::SIG_UNBLOCK as u64;
    allowed.insert(
        libc::SYS_rt_sigprocmask,
        vec![SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, unblock)?])?],
    );
    let traced = SeccompFilter::new(allowed, SeccompAction::Trace(0), SeccompAction::Allow, TargetArch::x86_64)?;
    Ok([absent.try_into()?, traced.try_into()?])
}
