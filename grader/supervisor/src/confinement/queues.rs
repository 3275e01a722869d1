//! Where POSIX message queues lie: in a file system of their own, which need not be mounted.

use std::os::fd::{FromRawFd, OwnedFd};

/// The folder of all queues, to be named in a rule. `None` where it is not mounted and this
/// user may not mount it: programs can make no queues then.
pub(super) fn folder() -> Option<OwnedFd> {
    mounted().or_else(apart)
}

fn mounted() -> Option<OwnedFd> {
    const QUEUES: i64 = 0x1980_0202;
    let folder = nix::fcntl::open("/dev/mqueue", nix::fcntl::OFlag::O_PATH, nix::sys::stat::Mode::empty()).ok()?;
    let kind = nix::sys::statfs::fstatfs(&folder).ok()?.filesystem_type();
    (kind.0 == QUEUES).then_some(folder)
}

/// Mounted for nobody to see: the descriptor is all that there is of it.
fn apart() -> Option<OwnedFd> {
    const CREATE: libc::c_uint = 6;
    let owned = |descriptor: i64| {
        let descriptor = i32::try_from(descriptor).ok().filter(|descriptor| *descriptor >= 0)?;
        // SAFETY: just made, owned by nobody else.
        Some(unsafe { OwnedFd::from_raw_fd(descriptor) })
    };
    use std::os::fd::AsRawFd;
    const CLOSE: libc::c_uint = 1;
    // SAFETY: a name that lives as long as the call; makes a descriptor.
    let context = owned(unsafe { libc::syscall(libc::SYS_fsopen, c"mqueue".as_ptr(), CLOSE) })?;
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: takes no pointers for this command.
    let made = unsafe { libc::syscall(libc::SYS_fsconfig, context.as_raw_fd(), CREATE, none, none, 0) };
    if made != 0 {
        return None;
    }
    // SAFETY: makes a descriptor.
    owned(unsafe { libc::syscall(libc::SYS_fsmount, context.as_raw_fd(), CLOSE, 0) })
}
