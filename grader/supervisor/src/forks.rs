//! Processes that the grader starts. Each takes copies of all descriptors with it until it
//! executes, and a copy of the end of a followed program's pipe would keep that end open. So none
//! is started while such a copy is held.

use std::io;
use std::process::{Child, Command};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

static STARTING: RwLock<()> = RwLock::new(());

/// While it lives, no process is started.
pub(crate) fn nobody_starts() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// `fork`.
///
/// # Safety
/// There may be other threads: the child may only make system calls.
pub(crate) unsafe fn fork() -> libc::pid_t {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: as the caller promises; giving back the lock is an atomic store and a system call.
    unsafe { libc::fork() }
}

/// Starts a process that is not followed, and returns when it has executed its program.
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    let _alone = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    command.spawn()
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::time::Duration;

    use super::*;

    #[test]
    fn nobody_is_started_while_a_copy_is_held() {
        let (done, told) = channel();
        let held = nobody_starts();
        let starting = std::thread::spawn(move || {
            let child = spawn(&mut Command::new("true"));
            done.send(()).expect("it is waited for");
            child.and_then(|mut child| child.wait()).expect("it runs")
        });
        assert_eq!(told.recv_timeout(Duration::from_millis(50)), Err(RecvTimeoutError::Timeout));
        drop(held);
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(()));
        assert!(starting.join().expect("no panic").success());
    }
}
