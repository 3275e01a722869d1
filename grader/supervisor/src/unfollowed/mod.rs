//! Runs a program once as it is: nobody follows it, the kernel schedules it as it likes, and
//! what it may reach is kept small by namespaces, given-up rights and a filter.
//!
//! What comes of it is compared with what was seen while it was followed. It never accuses
//! anybody: real schedules cannot be shown again.

mod init;
mod view;
mod watching;

use std::ffi::CString;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use nix::fcntl::OFlag;

use crate::confinement::{Calls, Fence, Files, Set, available};
use crate::error::system;
use crate::forks::fork;
use crate::launch::environment;
use crate::names::Names;
use crate::{Confinement, Layer, Limits, Program, RunError};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfollowedEnd {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It was ended: it ran for longer than anybody waits.
    OutOfTime,
    /// It was ended: it had more processes, memory or output than it may.
    TooMuch,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfollowed {
    /// How it ended.
    pub end: UnfollowedEnd,
    /// What it printed.
    pub output: Vec<u8>,
}

/// Programs of a second or less end long before, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `program`. `None` where this machine does not let an ordinary user make the
/// namespaces: without them its names would be everybody's.
///
/// # Errors
/// Where the system refuses what it should not.
pub fn run_unfollowed(program: &Program, limits: &Limits) -> Result<Option<Unfollowed>, RunError> {
    if !available().has_namespaces() || !available().seccomp || limits.confinement == Confinement::Off {
        return Ok(None);
    }
    let names = Names::new(program)?;
    let c = |bytes: &[u8]| {
        CString::new(bytes).map_err(|_| RunError::Program {
            path: program.path.clone(),
            reason: "a zero byte in its name or arguments".into(),
        })
    };
    let mut arguments = vec![c(program.path.file_name().unwrap_or_default().as_bytes())?];
    for argument in &program.args {
        arguments.push(c(argument.as_bytes())?);
    }
    let environment = environment().iter().map(|entry| c(entry.as_bytes())).collect::<Result<Vec<_>, _>>()?;
    let pointers = |strings: &[CString]| -> Vec<*const libc::c_char> {
        strings.iter().map(|string| string.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let fence = Fence::new(limits.confinement, &Files::default(), Set::ALL, Calls::Filtered)
        .map_err(RunError::Confinement)?
        .without_files();
    let view = view::View::new(names.working_folder(), &program.path, limits.files)?;
    let input = crate::runner::standard_input(&program.input)?;
    let null = std::fs::File::options().write(true).open("/dev/null").map_err(system("opening /dev/null"))?;
    let pipe = || nix::unistd::pipe2(OFlag::O_CLOEXEC).map_err(system("making a pipe"));
    let (output, writing) = pipe()?;
    let (status, telling) = pipe()?;
    let path = c(program.path.as_os_str().as_bytes())?;
    let (argv, envp) = (pointers(&arguments), pointers(&environment));
    let plan = init::Plan {
        fence: &fence,
        view: &view,
        path: &path,
        argv: &argv,
        envp: &envp,
        standard: [input.as_raw_fd(), writing.as_raw_fd(), null.as_raw_fd()],
        telling: telling.as_raw_fd(),
        limits,
    };
    // SAFETY: the child only makes system calls on memory prepared above, then execs or exits.
    let pid = match unsafe { fork() } {
        -1 => return Err(RunError::System { what: "starting a process", source: io::Error::last_os_error() }),
        0 => plan.follow(),
        pid => pid,
    };
    drop((writing, telling, null, input));
    let watched = watching::watch(output, &status, limits, PATIENCE);
    // whatever happened, nothing of it goes on: the first process of its namespace takes all
    // others with it
    if let Some(first) = watched.first {
        // SAFETY: a signal by number; its parent, which is ours, has not been waited for.
        unsafe { libc::kill(first, libc::SIGKILL) };
    }
    let mut ended = 0;
    // SAFETY: a live integer; the child is ours.
    while unsafe { libc::waitpid(pid, &raw mut ended, libc::__WALL) } < 0 && nix::Error::last() == nix::Error::EINTR {}
    match watched.end {
        Some(end) => Ok(Some(Unfollowed { end, output: watched.output })),
        None => Ok(None),
    }
}

/// The layers of confinement around such a run; none where it is not possible.
pub fn unfollowed_layers(confinement: Confinement) -> Vec<Layer> {
    let here = available();
    if !here.has_namespaces() || !here.seccomp || confinement == Confinement::Off {
        return Vec::new();
    }
    let mut layers = vec![Layer::Seccomp, Layer::Capabilities, Layer::Limits];
    layers.extend(Set::ALL.layers());
    layers
}

/// Reads one message of the child's: whole or not at all.
fn message(from: &OwnedFd) -> Option<i32> {
    let mut bytes = [0; 4];
    let mut file = std::fs::File::from(from.try_clone().ok()?);
    file.read_exact(&mut bytes).ok()?;
    Some(i32::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Surroundings;

    #[test]
    fn what_the_grader_itself_takes_is_not_the_programs() {
        // a copy of this process stands between the grader and the program
        const LARGE: usize = 256 << 20;
        let large = vec![1u8; LARGE];
        let program = Program {
            path: "/bin/sleep".into(),
            args: vec!["0.3".into()],
            input: Vec::new(),
            surroundings: Surroundings::Own,
        };
        let limits = Limits { memory: LARGE as u64 / 2, ..Limits::default() };
        // `None` where this machine allows no namespaces
        if let Some(plain) = run_unfollowed(&program, &limits).expect("nothing is refused") {
            assert_eq!(plain.end, UnfollowedEnd::Exit(0));
        }
        assert_eq!(large.iter().step_by(4096).map(|byte| usize::from(*byte)).sum::<usize>(), LARGE / 4096);
    }
}
