//! What following a program costs, as ratios of two things measured in one run: these hold on
//! a noisy machine, where times do not.
//!
//! The program that is followed is this one, called with an argument.

use std::error::Error;
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use explorer::{ChoicePoint, Decision, Scheduler, Step};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous};
use nix::sys::ptrace;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use supervisor::{Confinement, Limits, Program, Runner, Stacks, Surroundings};

/// Nobody is preempted.
struct First;

impl Scheduler for First {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let next = point.current.or_else(|| point.ready.first().map(|ready| ready.task));
        next.map_or(Decision::Abandon, Decision::Run)
    }

    fn observe(&mut self, _: &Step) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    if let [_, word, processes, additions] = &args[..]
        && word == "counter"
    {
        return counter(processes.parse()?, additions.parse()?);
    }
    let few = program(&["counter", "2", "1"])?;
    let many = program(&["counter", "2", "2000"])?;
    let limits = Limits::default();

    // on one processor, as executions are: what counts is what each processor can do
    let everywhere = pin()?;
    let spawn = median(200, || {
        Command::new(&few.path).args(&few.args).stdout(Stdio::null()).status().map(|_| ())?;
        Ok(())
    })?;
    sched_setaffinity(THIS, &everywhere)?;
    let mut runner = Runner::new(&few, &limits)?;
    let execution = median(200, || Ok(runner.run(Stacks::Omitted, &mut First).map(|_| ())?))?;
    drop(runner);
    println!("executions a second against plain spawns of the same program a second: {:.2}", ratio(spawn, execution));

    // the same execution with and without the fence around it, by turns; and what is made once
    // for a thousand of them
    let bare = Limits { confinement: Confinement::Off, ..limits };
    let (mut confined, mut open) = (Runner::new(&few, &limits)?, Runner::new(&few, &bare)?);
    let mut ratios = Vec::new();
    for _ in 0..9 {
        let inside = median(100, || Ok(confined.run(Stacks::Omitted, &mut First).map(|_| ())?))?;
        let outside = median(100, || Ok(open.run(Stacks::Omitted, &mut First).map(|_| ())?))?;
        ratios.push(ratio(inside, outside));
    }
    drop((confined, open));
    ratios.sort_by(f64::total_cmp);
    println!("an execution confined against one that is not: {:.3}", ratios[ratios.len() / 2]);
    let making = |limits: &Limits| median(30, || Ok(Runner::new(&few, limits).map(|_| ())?));
    println!("starting to explore, confined against not: {:.3}", ratio(making(&limits)?, making(&bare)?));

    // the difference of two lengths: what starts and ends the program falls out
    let mut short = Runner::new(&few, &limits)?;
    let base = median(20, || Ok(short.run(Stacks::Omitted, &mut First).map(|_| ())?))?;
    drop(short);
    let mut long = Runner::new(&many, &limits)?;
    let whole = median(20, || Ok(long.run(Stacks::Omitted, &mut First).map(|_| ())?))?;
    drop(long);
    const ACCESSES: u32 = 2 * 1999 * 2;
    let access = whole.saturating_sub(base) / ACCESSES;
    let stop = bare_stop()?;
    println!("one access against a bare ptrace stop: {:.2}", ratio(access, stop));
    println!("a word handed over and back against a bare ptrace stop: {:.2}", ratio(handed_over()?, stop));
    Ok(())
}

fn program(args: &[&str]) -> Result<Program, Box<dyn Error>> {
    Ok(Program {
        path: std::env::current_exe()?,
        args: args.iter().map(Into::into).collect(),
        input: Vec::new(),
        surroundings: Surroundings::Own,
    })
}

/// Processes that add to one shared counter, without a lock.
fn counter(processes: u32, additions: u32) -> Result<(), Box<dyn Error>> {
    let len = NonZeroUsize::MIN;
    // SAFETY: new memory, wherever there is room for it.
    let shared =
        unsafe { mmap_anonymous(None, len, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED)? };
    let counter = shared.cast::<u64>();
    for _ in 0..processes {
        // SAFETY: there is one thread.
        if let ForkResult::Child = unsafe { fork()? } {
            for _ in 0..additions {
                // SAFETY: the mapping is there, and large enough for one number.
                unsafe { counter.write_volatile(counter.read_volatile() + 1) };
            }
            std::process::exit(0);
        }
    }
    while nix::sys::wait::wait().is_ok() {}
    Ok(())
}

/// The calling thread.
const THIS: nix::unistd::Pid = nix::unistd::Pid::from_raw(0);

/// Keeps this thread, and what it starts, on one of its processors. Returns on which it was.
fn pin() -> Result<CpuSet, Box<dyn Error>> {
    let before = sched_getaffinity(THIS)?;
    let mut one = CpuSet::new();
    one.set((0..CpuSet::count()).find(|number| before.is_set(*number).unwrap_or(false)).unwrap_or(0))?;
    sched_setaffinity(THIS, &one)?;
    Ok(before)
}

/// The time from one stop of a traced process to the next, where neither side does anything.
fn bare_stop() -> Result<Duration, Box<dyn Error>> {
    const STOPS: u32 = 20_000;
    let before = pin()?;
    // SAFETY: there is one thread, and the child only makes system calls.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            let _ = ptrace::traceme();
            let _ = nix::sys::signal::raise(nix::sys::signal::SIGSTOP);
            for _ in 0..STOPS {
                nix::unistd::getppid();
            }
            std::process::exit(0)
        }
        ForkResult::Parent { child } => child,
    };
    waitpid(child, None)?;
    let started = Instant::now();
    let mut stops = 0;
    loop {
        // every system call stops the child twice
        ptrace::syscall(child, None)?;
        match waitpid(child, None)? {
            WaitStatus::Exited(..) | WaitStatus::Signaled(..) => break,
            _ => stops += 1,
        }
    }
    let taken = started.elapsed() / stops;
    sched_setaffinity(THIS, &before)?;
    Ok(taken)
}

/// The time in which a process hands a word over to another, asleep, and has it back. No access
/// that is patched into a program can be faster, as long as another process decides who goes on.
fn handed_over() -> Result<Duration, Box<dyn Error>> {
    const TIMES: u32 = 20_000;
    let before = pin()?;
    let len = NonZeroUsize::MIN;
    // SAFETY: new memory, wherever there is room for it.
    let shared =
        unsafe { mmap_anonymous(None, len, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE, MapFlags::MAP_SHARED)? };
    // SAFETY: the mapping is there, zeroed, and large enough.
    let word: &AtomicU32 = unsafe { shared.cast().as_ref() };
    let give = |mine: u32| {
        word.store(1 - mine, Ordering::Release);
        futex(word, libc::FUTEX_WAKE, 1);
        while word.load(Ordering::Acquire) != mine {
            futex(word, libc::FUTEX_WAIT, 1 - mine);
        }
    };
    // SAFETY: there is one thread, and the child only makes system calls.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            while word.load(Ordering::Acquire) != 1 {
                futex(word, libc::FUTEX_WAIT, 0);
            }
            loop {
                give(1);
            }
        }
        ForkResult::Parent { child } => child,
    };
    give(0);
    let started = Instant::now();
    for _ in 0..TIMES {
        give(0);
    }
    let taken = started.elapsed() / TIMES;
    nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL)?;
    waitpid(child, None)?;
    sched_setaffinity(THIS, &before)?;
    Ok(taken)
}

fn futex(word: &AtomicU32, operation: i32, value: u32) {
    // SAFETY: the kernel reads the word, which lives as long as the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, std::ptr::null::<libc::timespec>()) };
}

fn median(times: usize, mut once: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        let started = Instant::now();
        once()?;
        taken.push(started.elapsed());
    }
    taken.sort();
    Ok(taken[times / 2])
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
