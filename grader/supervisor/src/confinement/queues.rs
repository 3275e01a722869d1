//! Where POSIX message queues live: a file system that nobody needs to have mounted. To
//! Landlock a queue is a file there like any other, and one that is not beneath a folder
//! that may be reached is denied.

use std::fs::OpenOptions;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

use super::{Confinement, available};

/// `MQUEUE_MAGIC`, as the kernel's `ipc/mqueue.c` has it.
const MAGIC: libc::__fsword_t = 0x1980_0202;

/// The folder of all queues of this process's namespace, where it can be had.
pub(super) fn folder() -> Option<OwnedFd> {
    mounted().or_else(unmounted)
}

/// Whether programs that are followed can have queues.
pub(crate) fn reached(level: Confinement) -> bool {
    level == Confinement::Off || available().landlock == 0 || folder().is_some()
}

/// Where most systems mount it.
fn mounted() -> Option<OwnedFd> {
    let folder = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open("/dev/mqueue").ok()?;
    let kind = nix::sys::statfs::fstatfs(&folder).ok()?.filesystem_type().0;
    (kind == MAGIC).then(|| folder.into())
}

/// Mounted nowhere but in a descriptor: only root may.
fn unmounted() -> Option<OwnedFd> {
    const CREATE: libc::c_int = 6;
    let made = |result: libc::c_long| {
        let descriptor = i32::try_from(result).ok().filter(|descriptor| *descriptor >= 0)?;
        // SAFETY: a descriptor that was just made and is nobody else's.
        Some(unsafe { OwnedFd::from_raw_fd(descriptor) })
    };
    // SAFETY: a live string; makes a descriptor (FSOPEN_CLOEXEC).
    let context = made(unsafe { libc::syscall(libc::SYS_fsopen, c"mqueue".as_ptr(), 1) })?;
    let raw = std::os::fd::AsRawFd::as_raw_fd(&context);
    let nothing = std::ptr::null::<u8>();
    // SAFETY: a live descriptor, and null where the command takes no text.
    if unsafe { libc::syscall(libc::SYS_fsconfig, raw, CREATE, nothing, nothing, 0) } != 0 {
        return None;
    }
    // SAFETY: a live descriptor; makes another (FSMOUNT_CLOEXEC).
    made(unsafe { libc::syscall(libc::SYS_fsmount, raw, 1, 0) })
}
