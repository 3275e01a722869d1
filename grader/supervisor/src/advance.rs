//! One task running, from one visible operation to the next.

use explorer::{Limit, TaskId};
use nix::unistd::Pid;

use crate::buffers::Destination;
use crate::engine::Engine;
use crate::error::system;
use crate::machine::Registers;
use crate::ptrace::{self, Hang, Stop, Until, Waited};
use crate::task::{Op, State};
use crate::threads::Standing;
use crate::{RunError, interrupt};

/// So many looks of the watch (25 ms apart at least) at a task that sleeps in the kernel
/// without a step mean that it waits there for something that is not modelled.
const LOOKS_UNTIL_STALLED: u32 = 80;

/// So many instructions of its own are looked at while stores of a task wait; then they come
/// to memory.
const MOST_INSTRUCTIONS: u32 = 20_000;

/// So many stops at calls that nobody notices, and the processor time is looked at.
const QUIET_STOPS_BETWEEN_LOOKS: u32 = 4096;

impl Engine<'_> {
    /// Takes the first task, which stands behind its `execve`, to the program's own first
    /// instruction. Returns whether it came there.
    pub(crate) fn run_to_entry(&mut self, entry: u64) -> Result<bool, RunError> {
        self.entry = Some(entry);
        self.advance(TaskId::FIRST)?;
        while self.entry.is_some() && matches!(self.task(TaskId::FIRST).state, State::At(_)) && self.limit.is_none() {
            // whoever is not let go on stays where it is
            if interrupt::requested() {
                return Err(RunError::Interrupted);
            }
            if self.process_of(TaskId::FIRST).stopped {
                break;
            }
            self.step(TaskId::FIRST, Destination::Memory)?;
        }
        Ok(self.entry.is_none())
    }

    /// Lets `id` run to its next visible operation, or its end.
    pub(crate) fn advance(&mut self, id: TaskId) -> Result<(), RunError> {
        self.still = 0;
        let mut used_before = None;
        let mut quiet_stops: u32 = 0;
        let mut instructions: u32 = 0;
        loop {
            if matches!(self.task(id).state, State::Ended) {
                return Ok(());
            }
            // calls that nobody notices can go on for ever, too
            quiet_stops += 1;
            if quiet_stops.is_multiple_of(QUIET_STOPS_BETWEEN_LOOKS) {
                self.spent_too_much();
            }
            if self.limit.is_some() || interrupt::requested() || self.process_of(id).stopped {
                self.task_mut(id).state = State::At(Op::Continue);
                return Ok(());
            }
            let pid = self.task(id).pid;
            let until = if self.buffers.holds(id) {
                // fences are nothing that a task stops at by itself
                instructions += 1;
                if self.task(id).deliver != 0 || instructions > MOST_INSTRUCTIONS || self.is_at_fence(id) {
                    self.task_mut(id).state = State::At(Op::Continue);
                    return Ok(());
                }
                Until::Instruction
            } else {
                Until::Stop
            };
            if !self.is_inside(id) {
                self.take_back(id);
            }
            let caught = self.task(id).deliver != 0 && self.is_watched(id);
            if caught {
                self.lend_stack(id)?;
            }
            if !self.task(id).leaving {
                self.open_for(id, Standing::Elsewhere)?;
                if matches!(self.task(id).state, State::Ended) {
                    return Ok(());
                }
            }
            let signal = std::mem::take(&mut self.task_mut(id).deliver);
            self.task_mut(id).state = State::Running;
            if ptrace::resume(pid, until, signal).is_err() {
                // it was killed meanwhile: its end comes by itself
                let _ = self.wait_for(id)?;
                return Ok(());
            }
            let Some(stop) = self.wait_for(id)? else { return Ok(()) };
            if stop != Stop::Execute {
                match Registers::of(pid) {
                    Ok(registers) => self.task_mut(id).registers = registers,
                    Err(_) => continue,
                }
            }
            match stop {
                Stop::Call => {
                    if self.at_each_call {
                        self.task_mut(id).state = State::At(Op::Continue);
                        return Ok(());
                    }
                    if self.arrive(id)? {
                        return Ok(());
                    }
                }
                Stop::Signal(libc::SIGTRAP) if until == Until::Instruction && is_single_step(pid) => {}
                Stop::Signal(signal) => {
                    if self.signal_stop(id, signal, &mut used_before)? {
                        return Ok(());
                    }
                }
                Stop::Execute => self.executed(id)?,
                Stop::CallEnd | Stop::Halted | Stop::VforkDone | Stop::Made(_) | Stop::Ending | Stop::Ended(_) => {}
            }
        }
    }

    /// Waits until `id` stops. `None` if it ended instead. What other tasks do meanwhile (they
    /// can only be born or end) is noted.
    pub(crate) fn wait_for(&mut self, id: TaskId) -> Result<Option<Stop>, RunError> {
        self.task_mut(id).window = None;
        let wanted = self.task(id).pid;
        let process = self.process_of(id).pid;
        self.watched.start(process.as_raw(), wanted.as_raw());
        loop {
            let waited = ptrace::wait(None, Hang::Yes).map_err(system("waiting for a task"))?;
            let (pid, stop) = match waited {
                Waited::Stopped(pid, stop) => (pid, stop),
                Waited::Interrupted => {
                    if interrupt::requested() {
                        return Err(RunError::Interrupted);
                    }
                    continue;
                }
                Waited::Nobody => {
                    self.watched.stop();
                    return Ok(None);
                }
            };
            let ours = pid == wanted;
            if !ours || matches!(stop, Stop::Ending | Stop::Ended(_)) {
                self.note(pid, stop)?;
                if self.gone(id) {
                    self.watched.stop();
                    return Ok(None);
                }
                continue;
            }
            self.watched.stop();
            return Ok(Some(stop));
        }
    }

    /// Whether `id` is no more, and, where its whole process ends, neither are its siblings.
    fn gone(&self, id: TaskId) -> bool {
        let process = self.process_of(id);
        matches!(self.task(id).state, State::Ended) && (!process.dying || process.ended.is_some())
    }

    /// Something happened to a task that was not waited for.
    pub(crate) fn note(&mut self, pid: Pid, stop: Stop) -> Result<(), RunError> {
        let Some(&id) = self.by_pid.get(&pid) else {
            if stop == Stop::Halted {
                self.newborn.insert(pid);
            }
            return Ok(());
        };
        match stop {
            Stop::Ending => self.ending(id),
            Stop::Ended(end) => self.ended(id, end),
            Stop::VforkDone => {
                self.task_mut(id).vfork_done = true;
                Ok(())
            }
            Stop::Call | Stop::CallEnd | Stop::Signal(_) | Stop::Made(_) | Stop::Execute | Stop::Halted => Ok(()),
        }
    }

    /// A signal is about to be delivered to `id`. Returns whether the task stays where it is.
    pub(crate) fn signal_stop(
        &mut self,
        id: TaskId,
        signal: i32,
        used_before: &mut Option<u64>,
    ) -> Result<bool, RunError> {
        self.say_as_before(id, signal);
        match signal {
            libc::SIGTRAP if self.entry.is_some_and(|entry| entry + 1 == self.task(id).registers.code()) => {
                self.entry = None;
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
            libc::SIGTRAP if self.at_breakpoint(id) => {
                self.pass_breakpoint(id)?;
                Ok(!matches!(self.task(id).state, State::Running))
            }
            libc::SIGSEGV => self.fault(id),
            libc::SIGSTOP if self.is_from_us(id) => self.looked_at(id, used_before),
            _ if self.stops(self.task(id).process, signal) => {
                self.halt(self.task(id).process, signal);
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
            _ => {
                if self.ends(id, signal) {
                    // what its end closes, others notice
                    let (process, pid) = (self.task(id).process, self.process_of(id).pid);
                    self.objects.look_at_held(process, pid);
                }
                self.translate_sender(id);
                self.task_mut(id).deliver = signal;
                Ok(false)
            }
        }
    }

    /// The watch stopped a task that ran for a while. Returns whether the task stays.
    /// `used_before` is the processor time that it had used at the first look.
    fn looked_at(&mut self, id: TaskId, used_before: &mut Option<u64>) -> Result<bool, RunError> {
        if interrupt::requested() {
            return Err(RunError::Interrupted);
        }
        let used = self.processor_time(id);
        let used_before = *used_before.get_or_insert(used);
        if self.spent_too_much() {
            self.task_mut(id).state = State::At(Op::Continue);
            return Ok(true);
        }
        if self.too_much_memory() {
            self.task_mut(id).state = State::At(Op::Continue);
            return Ok(true);
        }
        self.still = if self.watched.slept() { self.still + 1 } else { 0 };
        if self.still > LOOKS_UNTIL_STALLED {
            let call = crate::calls::name(self.task(id).registers.call());
            self.not_modelled(format!("a wait in system call `{call}`"));
            self.limit = Some(Limit::ProcessorTime(self.limits.processor_time));
            self.task_mut(id).state = State::At(Op::Continue);
            return Ok(true);
        }
        // a thread may spin on memory that only its siblings can change: let them
        const SLICE: u64 = 20_000_000;
        let space = self.process_of(id).space;
        let siblings = self.tasks.iter().any(|task| {
            task.id != id && !matches!(task.state, State::Ended) && self.processes[task.process.0].space == space
        });
        // or on memory that its own handler changes, when a signal comes
        let waits_for_handler = self.catches_signals(id);
        if waits_for_handler && used.saturating_sub(used_before) > SLICE {
            self.sliced = true;
            self.ring_before(None);
        }
        if (siblings || waits_for_handler) && used.saturating_sub(used_before) > SLICE {
            self.task_mut(id).state = State::At(Op::Slice);
            return Ok(true);
        }
        Ok(false)
    }

    /// Looks at the memory that all processes have in use, and ends the execution if it is far
    /// too much. Returns whether it is. What a program asks for is counted at the calls; this
    /// is for what gets past them, and so wide that no program comes near it by chance.
    pub(crate) fn too_much_memory(&mut self) -> bool {
        let page = procfs::page_size();
        let used: u64 = self
            .processes
            .iter()
            .filter(|process| process.ended.is_none())
            .filter_map(|process| {
                procfs::process::Process::new(process.pid.as_raw()).and_then(|process| process.statm()).ok()
            })
            // what is shared is counted once for all of them elsewhere: here, what is a process's own
            .map(|memory| memory.resident.saturating_sub(memory.shared) * page)
            .sum();
        const WIDE: u64 = 4;
        if used <= self.limits.memory * WIDE {
            return false;
        }
        self.forbid(format!("used more than {} MiB of memory", self.limits.memory >> 20));
        self.limit = Some(Limit::Memory(self.limits.memory));
        true
    }

    /// Whether the tasks have used more processor time than they may: then the execution ends.
    fn spent_too_much(&mut self) -> bool {
        let too_much = self.total_processor_time() / 1_000_000 > self.limits.processor_time;
        if too_much {
            self.limit = Some(Limit::ProcessorTime(self.limits.processor_time));
        }
        too_much
    }

    /// Processor time that the process of `id` has used, in nanoseconds.
    pub(crate) fn processor_time(&self, id: TaskId) -> u64 {
        processor_time(self.process_of(id).pid)
    }

    pub(crate) fn total_processor_time(&self) -> u64 {
        self.spent
            + self
                .processes
                .iter()
                .filter(|process| process.ended.is_none())
                .map(|process| processor_time(process.pid))
                .sum::<u64>()
    }
}

/// Whether a task stopped because it has gone on by one instruction.
fn is_single_step(pid: Pid) -> bool {
    const TRAP_TRACE: i32 = 2;
    nix::sys::ptrace::getsiginfo(pid).is_ok_and(|info| info.si_code == TRAP_TRACE)
}

/// What a process has used, in nanoseconds; 0 once it is gone.
fn processor_time(pid: Pid) -> u64 {
    // a clock of another process: see clock_getcpuclockid(3)
    let clock = (!pid.as_raw()) << 3 | 2;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes into `time` alone.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return 0;
    }
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}
