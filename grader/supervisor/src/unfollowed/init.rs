//! The children between the grader and such a program: one that makes the namespaces, the
//! first process inside, which clears away whoever is left behind, and the program itself.
//! All of this runs between `fork` and `execve`, and only makes system calls.

use std::ffi::CString;

use crate::Limits;
use crate::confinement::Fence;
use crate::launch::ADDRESS_SPACE;

use super::view::View;

/// Messages that are no status of a program's: a step failed.
pub(super) const FAILED: i32 = 1 << 24;
/// The message in front of the first process's number.
pub(super) const FIRST: i32 = 1 << 25;
/// The message of the first process that it sees its own namespaces alone.
pub(super) const INSIDE: i32 = 1 << 26;

pub(super) struct Plan<'a> {
    pub(super) fence: &'a Fence,
    pub(super) view: &'a View,
    pub(super) path: &'a CString,
    pub(super) argv: &'a [*const libc::c_char],
    pub(super) envp: &'a [*const libc::c_char],
    pub(super) standard: [i32; 3],
    pub(super) telling: i32,
    pub(super) limits: &'a Limits,
}

impl Plan<'_> {
    fn tell(&self, what: i32) {
        let bytes = what.to_le_bytes();
        // SAFETY: writes four live bytes into a pipe of ours.
        unsafe { libc::write(self.telling, bytes.as_ptr().cast(), bytes.len()) };
    }

    /// Both messages at once: what others tell does not come between them.
    fn tell_first(&self, pid: i32) {
        let messages = [FIRST, pid];
        // SAFETY: writes eight live bytes into a pipe of ours.
        unsafe { libc::write(self.telling, messages.as_ptr().cast(), size_of_val(&messages)) };
    }

    fn fail(&self, step: i32) -> ! {
        self.tell(FAILED | step);
        // SAFETY: ends this child without running anything of the grader's.
        unsafe { libc::_exit(1) }
    }

    /// In the grader's child.
    pub(super) fn follow(&self) -> ! {
        // SAFETY: plain system calls on live, prepared memory; nothing allocates or locks.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            libc::setsid();
            if !self.fence.part() {
                self.fail(1);
            }
            match libc::fork() {
                -1 => self.fail(2),
                0 => self.first(),
                pid => {
                    self.tell_first(pid);
                    // the pipes are the program's alone now
                    libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0);
                    let mut status = 0;
                    while libc::waitpid(pid, &raw mut status, libc::__WALL) < 0
                        && nix::Error::last() == nix::Error::EINTR
                    {}
                    libc::_exit(0)
                }
            }
        }
    }

    /// The first process of its namespaces.
    fn first(&self) -> ! {
        // SAFETY: as above.
        unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if let Err(step) = self.view.enter() {
                self.fail(1000 + step);
            }
            self.tell(INSIDE);
            self.bound_processes();
            match libc::fork() {
                -1 => self.fail(3),
                0 => self.program(),
                program => {
                    // the program's are its alone, and others' none of ours
                    let telling = self.telling.cast_unsigned();
                    if telling > 0 {
                        libc::syscall(libc::SYS_close_range, 0, telling - 1, 0);
                    }
                    libc::syscall(libc::SYS_close_range, telling + 1, u32::MAX, 0);
                    loop {
                        let mut status = 0;
                        let ended = libc::waitpid(-1, &raw mut status, libc::__WALL);
                        if ended == program {
                            self.tell(status & (FAILED - 1));
                            libc::_exit(0);
                        }
                        if ended < 0 && nix::Error::last() != nix::Error::EINTR {
                            self.fail(4);
                        }
                    }
                }
            }
        }
    }

    /// Newer kernels let a namespace say how many processes it has at most; on others the
    /// grader counts.
    fn bound_processes(&self) {
        // SAFETY: as above.
        unsafe {
            let file = libc::open(c"/proc/sys/kernel/pid_max".as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
            if file >= 0 {
                let most = c"512\n";
                libc::write(file, most.as_ptr().cast(), most.count_bytes());
                libc::close(file);
            }
        }
    }

    fn program(&self) -> ! {
        // SAFETY: as above.
        unsafe {
            libc::setsid();
            for (resource, limit) in [
                (libc::RLIMIT_CORE, 0),
                (libc::RLIMIT_AS, ADDRESS_SPACE),
                (libc::RLIMIT_FSIZE, self.limits.files),
                (libc::RLIMIT_NOFILE, 1024),
                (libc::RLIMIT_STACK, 8 << 20),
                (libc::RLIMIT_CPU, 20),
            ] {
                let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
                if libc::setrlimit(resource, &raw const limit) != 0 {
                    self.fail(5);
                }
            }
            for (number, descriptor) in (0..).zip(self.standard) {
                if libc::dup2(descriptor, number) < 0 {
                    self.fail(6);
                }
            }
            libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC);
            for signal in 1..=64 {
                libc::signal(signal, libc::SIG_DFL);
            }
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
            libc::umask(0o022);
            if !self.fence.close() {
                self.fail(7);
            }
            libc::execve(self.path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr());
            self.fail(8)
        }
    }
}
