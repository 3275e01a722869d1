//! Starts the program's first task, traced from its first instruction on.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use nix::sys::ptrace;
use nix::unistd::Pid;

use crate::confinement::{Calls, Fence, Files, Set};
use crate::error::system;
use crate::forks::fork;
use crate::names::Names;
use crate::ptrace::OPTIONS;
use crate::{Confinement, Layer, Limits, Program, RunError, Surroundings, filter};

/// The three standard descriptors of the new task.
pub(crate) struct Standard {
    pub(crate) input: OwnedFd,
    pub(crate) output: OwnedFd,
    pub(crate) error: OwnedFd,
}

/// Forks and prepares the child up to its `execve`, which is its first traced call.
pub(crate) fn launch(
    program: &Program,
    limits: &Limits,
    names: &Names,
    standard: &Standard,
    fence: &Fence,
) -> Result<Pid, RunError> {
    let c = |bytes: &[u8]| {
        CString::new(bytes).map_err(|_| RunError::Program {
            path: program.path.clone(),
            reason: "a zero byte in its name or arguments".into(),
        })
    };
    // everything that allocates is made before the fork: the child of a process with several
    // threads may only make system calls
    let path = c(program.path.as_os_str().as_bytes())?;
    // graded programs see a name that tells nothing of this machine
    let own_name = match program.surroundings {
        Surroundings::Own => program.path.file_name().unwrap_or_default(),
        Surroundings::Given(_) => program.path.as_os_str(),
    };
    let mut arguments = vec![c(own_name.as_bytes())?];
    for argument in &program.args {
        arguments.push(c(argument.as_bytes())?);
    }
    let environment: Vec<CString> = [BIND_NOW.to_owned()]
        .into_iter()
        .chain(environment())
        .map(|entry| c(entry.as_bytes()))
        .collect::<Result<_, _>>()?;
    let folder = c(names.working_folder().as_os_str().as_bytes())?;
    let argv: Vec<*const libc::c_char> = arguments.iter().map(|a| a.as_ptr()).chain([std::ptr::null()]).collect();
    let envp: Vec<*const libc::c_char> = environment.iter().map(|a| a.as_ptr()).chain([std::ptr::null()]).collect();
    let filters = filter::programs()
        .map_err(|error| RunError::Unsupported(format!("the seccomp filter does not compile: {error}")))?;
    let filters: Vec<libc::sock_fprog> = filters
        .iter()
        .map(|filter| libc::sock_fprog {
            #[expect(clippy::cast_possible_truncation, reason = "our filters have a few dozen instructions")]
            len: filter.len() as u16,
            // seccompiler's instruction has the layout of the kernel's
            filter: filter.as_ptr().cast_mut().cast(),
        })
        .collect();
    let (wait_for_tracer, go) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(system("making a pipe"))?;
    let plan = Plan {
        path: &path,
        argv: &argv,
        envp: &envp,
        folder: &folder,
        filters: &filters,
        standard,
        wait_for_tracer: &wait_for_tracer,
        limits,
        fence,
    };
    // SAFETY: the child only makes system calls on memory prepared above, then execs or exits.
    let pid = match unsafe { fork() } {
        -1 => return Err(RunError::System { what: "starting a process", source: io::Error::last_os_error() }),
        0 => plan.follow(),
        pid => Pid::from_raw(pid),
    };
    ptrace::seize(pid, OPTIONS).map_err(|error| {
        let tracer = tracer_of(pid);
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL);
        let _ = nix::sys::wait::waitpid(pid, None);
        match tracer {
            Some(tracer) => RunError::Program {
                path: program.path.clone(),
                reason: format!("it is traced already, by process {tracer}"),
            },
            None => RunError::Unsupported(format!("ptrace is not allowed here ({})", error.desc())),
        }
    })?;
    nix::unistd::write(&go, b"x").map_err(system("letting the first task start"))?;
    Ok(pid)
}

/// Has the loader look up all functions before the program starts, so that its threads do not
/// do it side by side. The program itself does not find it, and one that nobody follows has
/// no need of it.
pub(crate) const BIND_NOW: &str = "LD_BIND_NOW=1";

/// Who traces a process, if anybody does.
fn tracer_of(pid: Pid) -> Option<i32> {
    let status = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.status()).ok()?;
    Some(status.tracerpid).filter(|tracer| *tracer != 0)
}

/// The exit code of a child whose `execve` failed.
pub(crate) const NOT_EXECUTED: i32 = 120;

/// What a program may reach and nobody else's: itself, the system's programs and libraries,
/// and what it makes. A program of the user's own reads what the user can.
pub(crate) fn fence(program: &Program, limits: &Limits, names: &Names) -> Result<Fence, RunError> {
    let mut files = match program.surroundings {
        Surroundings::Own => Files::system(),
        Surroundings::Given(_) => Files { read: vec!["/".into()], write: Vec::new() },
    };
    let namespaces = namespaces(&program.surroundings);
    files.read.push(program.path.clone());
    files.read.push(names.shown());
    files.write.extend(names.folders());
    Fence::new(limits.confinement, &files, namespaces, Calls::Followed).map_err(RunError::Confinement)
}

/// A program of the user's own sees the users that own its files.
fn namespaces(surroundings: &Surroundings) -> Set {
    match surroundings {
        Surroundings::Own => Set::FOLLOWED,
        Surroundings::Given(_) => Set::NONE,
    }
}

/// The layers of confinement that are active while a program is followed.
pub fn layers(surroundings: &Surroundings, confinement: Confinement) -> Vec<Layer> {
    let mut layers = vec![Layer::Tracing, Layer::Seccomp];
    layers.extend(Fence::layers_of(confinement, namespaces(surroundings), Calls::Followed));
    layers.extend([Layer::Limits, Layer::Subreaper]);
    layers
}

/// What a program finds in its environment: the same everywhere.
pub(crate) fn environment() -> Vec<String> {
    [
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "HOME=/tmp",
        "TMPDIR=/tmp",
        "LANG=C.UTF-8",
        "USER=student",
        "TERM=dumb",
        "PYTHONHASHSEED=0",
    ]
    .map(String::from)
    .into()
}

/// Address space of each process, in bytes: room for the stacks of as many threads as are
/// allowed. What is in use is limited elsewhere.
pub(crate) const ADDRESS_SPACE: u64 = 16 << 30;

struct Plan<'a> {
    path: &'a CString,
    argv: &'a [*const libc::c_char],
    envp: &'a [*const libc::c_char],
    folder: &'a CString,
    filters: &'a [libc::sock_fprog],
    standard: &'a Standard,
    wait_for_tracer: &'a OwnedFd,
    limits: &'a Limits,
    fence: &'a Fence,
}

impl Plan<'_> {
    /// In the child. Exits with the number of the step that failed, from 100 on.
    fn follow(&self) -> ! {
        // SAFETY: plain system calls on live, prepared memory; nothing allocates or locks.
        unsafe {
            let must = |step: i32, result: i64| {
                if result < 0 {
                    libc::_exit(100 + step);
                }
            };
            let mut byte = 0u8;
            must(0, libc::read(self.wait_for_tracer.as_raw_fd(), (&raw mut byte).cast(), 1) as i64);
            must(1, i64::from(libc::setsid()));
            must(2, if self.fence.part() { 0 } else { -1 });
            must(3, i64::from(libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong)));
            must(4, i64::from(libc::prctl(libc::PR_SET_TSC, libc::PR_TSC_SIGSEGV, 0, 0, 0)));
            must(5, i64::from(libc::chdir(self.folder.as_ptr())));
            for (resource, limit) in [
                (libc::RLIMIT_CORE, 0),
                (libc::RLIMIT_AS, ADDRESS_SPACE),
                (libc::RLIMIT_FSIZE, self.limits.files),
                (libc::RLIMIT_NOFILE, 1024),
                (libc::RLIMIT_STACK, 8 << 20),
            ] {
                let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
                must(6, i64::from(libc::setrlimit(resource, &raw const limit)));
            }
            for (number, descriptor) in
                [&self.standard.input, &self.standard.output, &self.standard.error].into_iter().enumerate()
            {
                must(7, i64::from(libc::dup2(descriptor.as_raw_fd(), number as i32)));
            }
            // closed by `execve`: the fence still needs one
            must(8, libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC));
            // every signal as at the start of a program, whatever the grader was started with
            for signal in 1..=64 {
                libc::signal(signal, libc::SIG_DFL);
            }
            let mut none: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut());
            libc::umask(0o022);
            must(10, if self.fence.close() { 0 } else { -1 });
            for filter in self.filters {
                must(9, libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, filter));
            }
            libc::execve(self.path.as_ptr(), self.argv.as_ptr(), self.envp.as_ptr());
            libc::_exit(NOT_EXECUTED)
        }
    }
}
