//! Namespaces that a user may make without privileges.

use std::ffi::CString;

use super::layer::Layer;

/// Some of the namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Set(i32);

impl Set {
    /// No namespace.
    pub(crate) const NONE: Set = Set(0);
    /// Users and a network of its own: what following a program does not notice.
    pub(crate) const FOLLOWED: Set = Set(libc::CLONE_NEWUSER | libc::CLONE_NEWNET);
    /// Those of a program that nobody follows.
    pub(crate) const ALL: Set = Set(libc::CLONE_NEWUSER
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWUTS);

    /// What is in both.
    pub(crate) fn and(self, other: Set) -> Set {
        Set(self.0 & other.0)
    }

    /// As `unshare` wants them.
    pub(crate) fn flags(self) -> i32 {
        self.0
    }

    pub(crate) fn all(self) -> bool {
        self == Set::ALL
    }

    pub(crate) fn layers(self) -> impl Iterator<Item = Layer> {
        [
            (libc::CLONE_NEWUSER, Layer::UserNamespace),
            (libc::CLONE_NEWNET, Layer::NetworkNamespace),
            (libc::CLONE_NEWNS, Layer::MountNamespace),
            (libc::CLONE_NEWIPC, Layer::IpcNamespace),
            (libc::CLONE_NEWPID, Layer::ProcessNamespace),
        ]
        .into_iter()
        .filter(move |(flag, _)| self.0 & flag != 0)
        .map(|(_, layer)| layer)
    }
}

/// The user's and the group's number, as they stay in a namespace of users.
#[derive(Debug)]
pub(crate) struct Identity {
    user: CString,
    group: CString,
}

impl Identity {
    /// This process's.
    pub(crate) fn current() -> Identity {
        let line = |number: u32| CString::new(format!("{number} {number} 1")).unwrap_or_default();
        Identity { user: line(nix::unistd::geteuid().as_raw()), group: line(nix::unistd::getegid().as_raw()) }
    }

    /// In a child, behind `unshare(CLONE_NEWUSER)`. Only makes system calls.
    pub(crate) fn keep(&self) -> bool {
        write(c"/proc/self/setgroups", c"deny")
            && write(c"/proc/self/uid_map", &self.user)
            && write(c"/proc/self/gid_map", &self.group)
    }
}

fn write(path: &std::ffi::CStr, text: &std::ffi::CStr) -> bool {
    // SAFETY: system calls on live strings; nothing allocates.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return false;
        }
        let len = text.count_bytes();
        let done = libc::write(file, text.as_ptr().cast(), len);
        libc::close(file);
        done.cast_unsigned() == len
    }
}

/// In a child: makes the namespaces. Only makes system calls.
pub(crate) fn enter(set: Set, identity: &Identity) -> bool {
    // SAFETY: changes this child alone.
    (set == Set::NONE) || unsafe { libc::unshare(set.flags()) } == 0 && identity.keep()
}

/// Which namespaces can be made here: all, only those that following needs, or none.
pub(crate) fn allowed() -> Set {
    let identity = Identity::current();
    [Set::ALL, Set::FOLLOWED].into_iter().find(|set| works(*set, &identity)).unwrap_or(Set::NONE)
}

fn works(set: Set, identity: &Identity) -> bool {
    // SAFETY: the child makes system calls alone, and ends.
    let pid = unsafe { crate::forks::fork() };
    match pid {
        -1 => false,
        0 => {
            let done = enter(set, identity);
            // SAFETY: ends the child without running anything of this process's.
            unsafe { libc::_exit(i32::from(!done)) }
        }
        _ => {
            let mut status = 0;
            // SAFETY: `status` is a live integer, and the child is ours.
            while unsafe { libc::waitpid(pid, &raw mut status, 0) } < 0 {
                if nix::Error::last() != nix::Error::EINTR {
                    return false;
                }
            }
            libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
        }
    }
}
