//! ptrace: the stops of tasks, and letting them go on. Knows nothing of what a stop means.

use std::io;

use nix::sys::ptrace;
use nix::unistd::Pid;

/// Why a task stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It is about to enter a system call that the filter traces.
    Call,
    /// It is about to leave a system call.
    CallEnd,
    /// A signal is about to be delivered to it.
    Signal(i32),
    /// It made the task with this number, by `vfork`.
    Made(Pid),
    /// The child that it waited for since `vfork` went its own way.
    VforkDone,
    /// It runs a new program.
    Execute,
    /// It is about to end; its memory is still there.
    Ending,
    /// A new task stands at its first instruction, or an interruption that we asked for.
    Halted,
    /// It has ended.
    Ended(explorer::TaskEnd),
}

/// The options that every task is traced with. What a task makes is traced because the call
/// asks for it (`CLONE_PTRACE`): that needs no stop of its own, as telling of it would. Only a
/// `vfork` is told of, since its maker does not come back soon.
pub(crate) const OPTIONS: ptrace::Options = ptrace::Options::PTRACE_O_TRACEEXIT.union(OPTIONS_AT_THE_END);

/// The options of a task that has done everything before its end: it does not stop for that.
const OPTIONS_AT_THE_END: ptrace::Options = ptrace::Options::PTRACE_O_TRACESYSGOOD
    .union(ptrace::Options::PTRACE_O_TRACEVFORK)
    .union(ptrace::Options::PTRACE_O_TRACEVFORKDONE)
    .union(ptrace::Options::PTRACE_O_TRACEEXEC)
    .union(ptrace::Options::PTRACE_O_TRACESECCOMP)
    .union(ptrace::Options::PTRACE_O_EXITKILL);

/// What waiting brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waited {
    /// A task stopped or ended.
    Stopped(Pid, Stop),
    /// Our timer went off first.
    Interrupted,
    /// There is nobody left to wait for.
    Nobody,
}

/// Waits for the next stop of any task that this thread traces (of `pid` only, if given).
///
/// nix's `waitpid` refuses real-time signals, hence the call itself.
pub(crate) fn wait(pid: Option<Pid>, hang: Hang) -> io::Result<Waited> {
    let mut status = 0;
    let flags = libc::__WALL | libc::__WNOTHREAD | if hang == Hang::No { libc::WNOHANG } else { 0 };
    // SAFETY: `status` is a live integer; the call writes nothing else.
    let found = unsafe { libc::waitpid(pid.map_or(-1, Pid::as_raw), &raw mut status, flags) };
    if found == 0 {
        return Ok(Waited::Interrupted);
    }
    if found < 0 {
        let error = io::Error::last_os_error();
        return match error.raw_os_error() {
            Some(libc::EINTR) => Ok(Waited::Interrupted),
            Some(libc::ECHILD) => Ok(Waited::Nobody),
            _ => Err(error),
        };
    }
    let pid = Pid::from_raw(found);
    let stop = if libc::WIFEXITED(status) {
        Stop::Ended(explorer::TaskEnd::Exit(libc::WEXITSTATUS(status)))
    } else if libc::WIFSIGNALED(status) {
        Stop::Ended(explorer::TaskEnd::Signal(libc::WTERMSIG(status)))
    } else {
        let signal = libc::WSTOPSIG(status);
        match status >> 16 {
            libc::PTRACE_EVENT_VFORK =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "a process id fits an int")]
                match ptrace::getevent(pid) {
                    Ok(made) => Stop::Made(Pid::from_raw(made as i32)),
                    Err(_) => Stop::Halted,
                }
            }
            libc::PTRACE_EVENT_VFORK_DONE => Stop::VforkDone,
            libc::PTRACE_EVENT_EXEC => Stop::Execute,
            libc::PTRACE_EVENT_EXIT => Stop::Ending,
            libc::PTRACE_EVENT_SECCOMP => Stop::Call,
            libc::PTRACE_EVENT_STOP => Stop::Halted,
            _ if signal == libc::SIGTRAP | 0x80 => Stop::CallEnd,
            _ => Stop::Signal(signal),
        }
    };
    Ok(Waited::Stopped(pid, stop))
}

/// Does without the stop before the end of a task.
pub(crate) fn end_without_stop(pid: Pid) -> nix::Result<()> {
    ptrace::setoptions(pid, OPTIONS_AT_THE_END)
}

/// Whether a stopped task that is alone in its process gets `signal` as soon as it goes on: it is
/// pending for the process, and not blocked. Where the kernel does not tell, it does not.
pub(crate) fn is_about_to_get(pid: Pid, signal: i32) -> bool {
    const MOST: usize = 8;
    let mut blocked = 0u64;
    // SAFETY: the request writes as many bytes as it is told.
    let asked = unsafe { libc::ptrace(libc::PTRACE_GETSIGMASK, pid.as_raw(), size_of::<u64>(), &raw mut blocked) };
    if asked != 0 || blocked & 1 << (signal - 1) != 0 {
        return false;
    }
    let which = libc::ptrace_peeksiginfo_args { off: 0, flags: libc::PTRACE_PEEKSIGINFO_SHARED, nr: MOST as i32 };
    let mut pending: [std::mem::MaybeUninit<libc::siginfo_t>; MOST] = [const { std::mem::MaybeUninit::uninit() }; MOST];
    // SAFETY: the request writes as many entries as there is room for, and says how many.
    let told = unsafe { libc::ptrace(libc::PTRACE_PEEKSIGINFO, pid.as_raw(), &raw const which, pending.as_mut_ptr()) };
    pending
        .iter()
        .take(usize::try_from(told).unwrap_or(0))
        // SAFETY: these the kernel wrote.
        .any(|info| unsafe { info.assume_init_ref() }.si_signo == signal)
}

/// Whether to wait for a stop that is not there yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hang {
    /// Wait.
    Yes,
    /// Only look.
    No,
}

/// How far a task may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// To its next stop.
    Stop,
    /// To its next stop, the end of the system call that it is in included.
    CallEnd,
    /// By one instruction.
    Instruction,
}

/// Lets a stopped task go on, with a signal to deliver (0 for none).
pub(crate) fn resume(pid: Pid, until: Until, signal: i32) -> nix::Result<()> {
    let request = match until {
        Until::Stop => libc::PTRACE_CONT,
        Until::CallEnd => libc::PTRACE_SYSCALL,
        Until::Instruction => libc::PTRACE_SINGLESTEP,
    };
    // SAFETY: neither request reads or writes our memory; the signal travels by value. nix's
    // wrappers take a closed enum of signals, which has no real-time ones.
    let done = unsafe { libc::ptrace(request, pid.as_raw(), 0usize, signal as usize) };
    if done < 0 { Err(nix::Error::last()) } else { Ok(()) }
}
