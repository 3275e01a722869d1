//! Runs one program many times. The program is loaded once and kept at the last call before it
//! does what copies of it would share; each execution is a copy made there.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, OwnedFd};

use explorer::{ChoicePoint, Decision, Execution, Scheduler, Shared, Step, TaskEnd, TaskId, TaskKind};
use nix::unistd::Pid;

use crate::clock::Clock;
use crate::confinement::Fence;
use crate::engine::{Engine, Start, digest};
use crate::error::system;
use crate::filter::secret;
use crate::habits::Habits;
use crate::launch::{self, NOT_EXECUTED, Standard};
use crate::lives::{SYSCALL_TRAP, entry, poke_code, robust_list, settle_stack};
use crate::machine::{BREAKPOINT, Registers, scratch};
use crate::mapping::AddressSpace;
use crate::memory;
use crate::names::Names;
use crate::objects::Objects;
use crate::ptrace::{self, Hang, Stop, Until, Waited};
use crate::task::{News, Op, Process, ProcessId, Signalled, SpaceId, State, Task, seen_pid};
use crate::{Limits, Program, RunError, Stacks, pin};

/// A program that is run again and again. Belongs to the thread that made it, as tracing does.
pub struct Runner<'a> {
    program: &'a Program,
    limits: &'a Limits,
    names: Names,
    fence: Fence,
    standard: Standard,
    /// The ends of the output pipes that nobody reads: they keep writing possible.
    _readers: [OwnedFd; 2],
    loaded: Option<Loaded>,
    shared: Shared,
    habits: Habits,
    _pinned: pin::Pinned,
    /// Tracing belongs to a thread.
    _of_this_thread: std::marker::PhantomData<*const ()>,
}

/// The program where each execution starts.
struct Loaded {
    start: Start,
    registers: Registers,
}

/// Where a program was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reached {
    /// To where each execution starts.
    Here,
    /// Past that: it lies behind so many calls.
    Further(u32),
}

/// So many calls are passed at most before the executions' start: an interpreter makes thousands.
const MOST_CALLS: u32 = 10_000;

/// While a program loads it is alone.
struct Alone;

impl Scheduler for Alone {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        point.ready.first().map_or(Decision::Abandon, |ready| Decision::Run(ready.task))
    }

    fn observe(&mut self, _: &Step) {}
}

impl<'a> Runner<'a> {
    /// Prepares running `program`. Pins the calling thread to one processor until dropped: a
    /// stop and its answer are ten times faster that way.
    ///
    /// # Errors
    /// Where the program cannot be run, or this machine does not allow following it.
    pub fn new(program: &'a Program, limits: &'a Limits) -> Result<Runner<'a>, RunError> {
        fit_to_run(program)?;
        adopt_orphans();
        let pinned = pin::Pinned::new();
        let names = Names::new(program)?;
        let fence = launch::fence(program, limits, &names)?;
        let (standard, readers) = standard_descriptors(&program.input)?;
        let mut runner = Runner {
            program,
            limits,
            names,
            fence,
            standard,
            _readers: readers,
            loaded: None,
            shared: Shared::default(),
            habits: Habits::default(),
            _pinned: pinned,
            _of_this_thread: std::marker::PhantomData,
        };
        runner.load()?;
        Ok(runner)
    }

    /// Runs the program once under `scheduler`.
    ///
    /// # Errors
    /// Where the supervisor itself could not do its work. Whatever the program does is no
    /// error: it is in the [`Execution`].
    pub fn run(&mut self, stacks: Stacks, scheduler: &mut dyn Scheduler) -> Result<Execution, RunError> {
        self.rewind()?;
        let start = match &self.loaded {
            Some(loaded) => loaded.copy()?,
            None => self.launch()?,
        };
        let result =
            Engine::new(self.limits, &self.names, start, &mut self.shared, &mut self.habits, stacks, scheduler).run();
        if !self.names.clear() {
            // the program did something to the folders themselves: start over with new ones
            self.unload();
            self.names = Names::new(self.program)?;
            self.fence = launch::fence(self.program, self.limits, &self.names)?;
            self.load()?;
        }
        result
    }

    /// Starts from what threads were known to share in another execution: a recorded schedule
    /// means the same only where the same is known.
    pub fn set_shared(&mut self, shared: Shared) {
        self.shared = shared;
    }

    /// Launches the program and takes it as far as all executions go the same way.
    fn load(&mut self) -> Result<(), RunError> {
        if let Reached::Further(calls) = self.load_up_to(MOST_CALLS)?
            && let Reached::Further(_) = self.load_up_to(calls)?
        {
            // it went another way this time
            self.load_up_to(0)?;
        }
        Ok(())
    }

    /// Launches the program and takes it to its first instruction, if it comes there, and on
    /// from there to at most this many calls: as long as it is alone, has made nothing that copies
    /// of it would share, and asked for nothing.
    fn load_up_to(&mut self, calls: u32) -> Result<Reached, RunError> {
        let start = self.launch()?;
        let mut alone = Alone;
        let (mut shared, mut habits) = (Shared::default(), Habits::default());
        let mut engine =
            Engine::new(self.limits, &self.names, start, &mut shared, &mut habits, Stacks::Omitted, &mut alone);
        let pid = engine.task(TaskId::FIRST).pid;
        let first = engine.task(TaskId::FIRST).registers;
        let at = entry(pid, first.stack()).map_err(system("looking for the program's first instruction"))?;
        let before = poke_code(pid, at, &[BREAKPOINT; 3]).map_err(system("writing into a program"))?;
        if !engine.run_to_entry(at)? {
            // it ended while it was loaded: each execution shows that anew
            engine.run()?;
            self.names.clear();
            return Ok(Reached::Here);
        }
        poke_code(pid, at, &before).map_err(system("writing into a program"))?;
        let mut registers = engine.task(TaskId::FIRST).registers;
        registers.set_code(at);
        registers.outside_call();
        let stack = settle_stack(pid, registers.stack()).map_err(system("preparing a program's stack"))?;
        registers.set_stack(stack);
        if calls == 0 {
            let start = engine.into_start();
            self.loaded = Some(Loaded { start, registers });
            return Ok(Reached::Here);
        }
        registers.set(pid).map_err(system("preparing a program's stack"))?;
        engine.task_mut(TaskId::FIRST).registers = registers;
        engine.at_each_call = true;
        engine.advance(TaskId::FIRST)?;
        // calls met, and at which of them it could be copied last
        let (mut met, mut good) = (1, 0);
        let mut goes_on = engine.stands_before_call();
        while goes_on && met < calls {
            if calls == MOST_CALLS && engine.can_be_copied(&self.standard) {
                good = met;
            }
            goes_on = engine.pass_call()?;
            met += 1;
        }
        if goes_on && engine.can_be_copied(&self.standard) {
            let registers = engine.before_call();
            engine.know_semaphores(TaskId::FIRST);
            let start = engine.into_start();
            self.loaded = Some(Loaded { start, registers });
            return Ok(Reached::Here);
        }
        engine.end_all();
        self.names.clear();
        Ok(Reached::Further(good))
    }

    fn unload(&mut self) {
        let Some(loaded) = self.loaded.take() else { return };
        let pid = loaded.start.tasks[0].pid;
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL);
        loop {
            match ptrace::wait(Some(pid), Hang::Yes) {
                Ok(Waited::Stopped(_, Stop::Ended(_)) | Waited::Nobody) | Err(_) => break,
                Ok(Waited::Stopped(..)) => {
                    let _ = ptrace::resume(pid, Until::Stop, 0);
                }
                Ok(Waited::Interrupted) => {}
            }
        }
    }

    /// Standard input from its start, and the descriptors as they were made: executions share
    /// them with the loaded program.
    fn rewind(&mut self) -> Result<(), RunError> {
        let mut input = File::from(self.standard.input.try_clone().map_err(system("rewinding standard input"))?);
        input.seek(SeekFrom::Start(0)).map_err(system("rewinding standard input"))?;
        for descriptor in [&self.standard.input, &self.standard.output, &self.standard.error] {
            // SAFETY: sets flags of a descriptor of ours.
            unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFL, 0) };
        }
        Ok(())
    }

    /// The program's first task, behind its `execve`.
    fn launch(&self) -> Result<Start, RunError> {
        let pid = launch::launch(self.program, self.limits, &self.names, &self.standard, &self.fence)?;
        let registers = through_execve(pid, self.program)?;
        let mut objects = Objects::default();
        objects.standard(&self.standard)?;
        let first = seen_pid(TaskId::FIRST);
        let start = Start {
            tasks: vec![Task {
                id: TaskId::FIRST,
                pid,
                process: ProcessId(0),
                kind: TaskKind::Process,
                history: digest(&"first task"),
                made: 0,
                state: State::Running,
                registers,
                place: 0,
                clear_on_end: 0,
                robust_list: None,
                yielding: false,
                deliver: 0,
                withheld: Vec::new(),
                leaving: false,
                visit: None,
                operation: None,
                vfork_child: None,
                window: None,
                vfork_done: false,
            }],
            processes: vec![Process {
                id: ProcessId(0),
                leader: TaskId::FIRST,
                pid,
                handle: None,
                parent: None,
                space: SpaceId(0),
                ended: None,
                end_signal: libc::SIGCHLD,
                reaped: false,
                dying: false,
                grown: 0,
                heap: 0,
                end: 0,
                stopped: false,
                news: News::None,
                signalled: Signalled::No,
                actions: HashMap::new(),
                group: first,
                session: first,
            }],
            spaces: vec![AddressSpace::default()],
            clock: Clock::default(),
            objects,
            random: 0,
            steps: Vec::new(),
            printed: 0,
        };
        let mut alone = Alone;
        let (mut shared, mut habits) = (Shared::default(), Habits::default());
        let mut engine =
            Engine::new(self.limits, &self.names, start, &mut shared, &mut habits, Stacks::Omitted, &mut alone);
        engine.set_up(TaskId::FIRST)?;
        Ok(engine.into_start())
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        self.unload();
    }
}

impl Loaded {
    /// A copy of the loaded program, where it stands.
    fn copy(&self) -> Result<Start, RunError> {
        let original = &self.start.tasks[0];
        let pid = original.pid;
        let flags = libc::CLONE_PARENT | libc::CLONE_PTRACE | libc::SIGCHLD;
        // it ran up to here, and may have written where our code stands
        memory::write(pid, scratch::inject(), &SYSCALL_TRAP).map_err(system("copying the loaded program"))?;
        let mut registers = self.registers;
        registers.prepare_call(
            scratch::inject(),
            libc::SYS_clone,
            [i64::from(flags).cast_unsigned(), 0, 0, 0, 0, secret()],
        );
        registers.set(pid).map_err(system("copying the loaded program"))?;
        ptrace::resume(pid, Until::Stop, 0).map_err(system("copying the loaded program"))?;
        let (mut copy, mut born) = (None, None);
        while copy.is_none() || copy != born {
            match ptrace::wait(None, Hang::Yes).map_err(system("copying the loaded program"))? {
                Waited::Stopped(who, Stop::Signal(libc::SIGTRAP)) if who == pid => {
                    let made = Registers::of(pid).map_err(system("copying the loaded program"))?.result();
                    copy = i32::try_from(made).ok().filter(|made| *made > 0).map(Pid::from_raw);
                    if copy.is_none() {
                        return Err(RunError::Unsupported("the system makes no more processes".into()));
                    }
                }
                Waited::Stopped(who, Stop::Ended(_)) if who == pid => {
                    return Err(RunError::Stalled("the loaded program".into()));
                }
                Waited::Stopped(who, Stop::Halted) if who != pid => born = Some(who),
                Waited::Stopped(who, _) => {
                    ptrace::resume(who, Until::Stop, 0).map_err(system("copying the loaded program"))?
                }
                Waited::Interrupted => {}
                Waited::Nobody => return Err(RunError::Stalled("the loaded program".into())),
            }
        }
        let Some(copy) = copy else { return Err(RunError::Stalled("the loaded program".into())) };
        self.registers.set(copy).map_err(system("copying the loaded program"))?;
        let process = &self.start.processes[0];
        Ok(Start {
            tasks: vec![Task {
                pid: copy,
                state: State::At(Op::Begin),
                registers: self.registers,
                robust_list: robust_list(pid),
                ..original.copied()
            }],
            processes: vec![Process { pid: copy, actions: process.actions.clone(), ..process.copied() }],
            spaces: self.start.spaces.clone(),
            clock: self.start.clock,
            objects: self.start.objects.clone(),
            random: self.start.random,
            steps: self.start.steps.clone(),
            printed: self.start.printed,
        })
    }
}

/// Takes a launched task through its `execve`.
fn through_execve(pid: Pid, program: &Program) -> Result<Registers, RunError> {
    let failed = |reason: &str| RunError::Program { path: program.path.clone(), reason: reason.into() };
    loop {
        match ptrace::wait(Some(pid), Hang::Yes).map_err(system("waiting for the first task"))? {
            Waited::Stopped(_, Stop::Execute) => return Registers::of(pid).map_err(system("reading registers")),
            Waited::Stopped(_, Stop::Ended(TaskEnd::Exit(NOT_EXECUTED))) => {
                return Err(failed(&why_not(&program.path)));
            }
            Waited::Stopped(_, Stop::Ended(end)) => {
                return Err(RunError::Unsupported(match end {
                    TaskEnd::Exit(code) => format!("step {} of preparing the first task failed", code - 100),
                    TaskEnd::Signal(signal) => format!("the first task was ended by signal {signal}"),
                }));
            }
            Waited::Stopped(..) => {
                let _ = ptrace::resume(pid, Until::Stop, 0);
            }
            Waited::Interrupted => {}
            Waited::Nobody => return Err(failed("it vanished while it started")),
        }
    }
}

/// Refuses what cannot be followed, before anything is started.
fn fit_to_run(program: &Program) -> Result<(), RunError> {
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;
    let failed = |reason: String| Err(RunError::Program { path: program.path.clone(), reason });
    let data = match std::fs::metadata(&program.path) {
        Ok(data) => data,
        Err(error) => return failed(error.kind().to_string()),
    };
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2000;
    let mode = data.permissions().mode();
    if data.is_dir() {
        return failed("it is a folder".into());
    }
    if !data.is_file() {
        return failed("it is not a regular file".into());
    }
    if mode & 0o111 == 0 {
        return failed("it is not executable".into());
    }
    if mode & SET_USER != 0 || mode & SET_GROUP != 0 && mode & 0o010 != 0 {
        return failed(
            "it runs with another user's or group's rights (set-uid), which a traced program does not get".into(),
        );
    }
    let mut start = Vec::new();
    if let Ok(file) = File::open(&program.path)
        && file.take(20).read_to_end(&mut start).is_ok()
        && let Some(reason) = unfit(&start)
    {
        return failed(reason);
    }
    let data = std::fs::read(&program.path).unwrap_or_default();
    if is_go(&data) {
        return failed("it is a Go program, whose own scheduler hides from the search what goroutines do".into());
    }
    if let Some(sanitizer) = sanitizer(&data) {
        return failed(format!(
            "it was built with {sanitizer}, which reserves more memory than a program may have here: build it without"
        ));
    }
    Ok(())
}

/// Whether the Go compiler built it. What its scheduler shares outweighs what goroutines do: a
/// search comes to no end, and misses plain races.
fn is_go(data: &[u8]) -> bool {
    use object::Object;
    object::File::parse(data).is_ok_and(|file| file.section_by_name(".go.buildinfo").is_some())
}

/// The sanitizer that a program was built with, if it is one that keeps a shadow of all memory.
fn sanitizer(data: &[u8]) -> Option<&'static str> {
    use object::{Object, ObjectSymbol};
    let file = object::File::parse(data).ok()?;
    file.dynamic_symbols().find_map(|symbol| match symbol.name() {
        Ok("__asan_init") => Some("AddressSanitizer"),
        Ok("__tsan_init") => Some("ThreadSanitizer"),
        Ok("__msan_init") => Some("MemorySanitizer"),
        _ => None,
    })
}

/// Why a file that starts with these bytes cannot be followed; `None` if it can, as far as
/// they tell.
fn unfit(start: &[u8]) -> Option<String> {
    // elf(5)
    const CLASS_64: u8 = 2;
    const X86_64: u16 = 62;
    if start.starts_with(b"#!") {
        return None;
    }
    if !start.starts_with(b"\x7fELF") {
        return Some("it is neither a program nor a script that starts with `#!`".into());
    }
    let machine = start.get(18..20).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
    let name = match machine {
        Some(X86_64) if start.get(4) == Some(&CLASS_64) => return None,
        Some(X86_64) => "x86-64 with 32-bit addresses (x32)",
        Some(3) => "32-bit x86 (i386)",
        Some(183) => "64-bit ARM (aarch64)",
        Some(40) => "32-bit ARM",
        Some(243) => "RISC-V",
        Some(_) => "another kind of machine",
        None => return Some("it is cut off".into()),
    };
    Some(format!("it is for {name}; only programs for 64-bit x86-64 can be followed"))
}

fn why_not(path: &std::path::Path) -> String {
    match std::fs::metadata(path) {
        Err(error) => error.kind().to_string(),
        Ok(_) => "it is not a program for this machine, or its interpreter is missing".into(),
    }
}

/// Processes whose parents end come to this one, to be cleared away.
fn adopt_orphans() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // where it is refused, the system's first process clears them away
        let _ = nix::sys::prctl::set_child_subreaper(true);
    });
}

/// Standard input from memory.
pub(crate) fn standard_input(input: &[u8]) -> Result<OwnedFd, RunError> {
    let file = nix::sys::memfd::memfd_create(c"input", nix::sys::memfd::MFdFlags::MFD_CLOEXEC)
        .map_err(system("making standard input"))?;
    let mut file = File::from(file);
    file.write_all(input).map_err(system("filling standard input"))?;
    // opened again for reading alone
    let reading =
        File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).map_err(system("opening standard input"))?;
    Ok(reading.into())
}

/// Standard input from memory, output and errors into pipes that are never read: what is
/// printed is taken at the call.
fn standard_descriptors(input: &[u8]) -> Result<(Standard, [OwnedFd; 2]), RunError> {
    let input = standard_input(input)?;
    let pipe = || nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(system("making a pipe"));
    let (out_end, output) = pipe()?;
    let (error_end, error) = pipe()?;
    Ok((Standard { input, output, error }, [out_end, error_end]))
}

#[cfg(test)]
mod tests {
    use super::unfit;

    fn header(class: u8, machine: u16) -> Vec<u8> {
        let mut start = b"\x7fELF".to_vec();
        start.push(class);
        start.resize(18, 0);
        start.extend(machine.to_le_bytes());
        start
    }

    #[track_caller]
    fn check(start: &[u8], expected: Option<&str>) {
        let found = unfit(start);
        match expected {
            None => assert_eq!(found, None),
            Some(part) => assert!(found.as_ref().is_some_and(|found| found.contains(part)), "{found:?}"),
        }
    }

    #[test]
    fn a_program_of_this_machine_or_a_script_can_be_followed() {
        check(&header(2, 62), None);
        check(b"#!/bin/sh\n", None);
    }

    #[test]
    fn what_cannot_be_followed_is_told_by_its_kind() {
        check(&header(1, 3), Some("i386"));
        check(&header(1, 62), Some("x32"));
        check(&header(2, 183), Some("aarch64"));
        check(b"echo hello\n", Some("#!"));
        check(b"", Some("#!"));
        check(b"\x7fELF\x02", Some("cut off"));
    }
}
