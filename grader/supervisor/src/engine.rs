//! One execution: every task stopped but one, and the scheduler asked before each visible
//! operation.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use explorer::{
    Action, Call, ChoicePoint, CodeAddress, Decision, Ending, Execution, Limit, Location, ObjectId, Pending, Ready, Scheduler, Step, Stuck,
    TaskId, Touch, Wait,
};
use nix::unistd::Pid;

use crate::calls::Condition;
use crate::clock::Clock;
use crate::cycle::Cycle;
use crate::error::system;
use crate::futex::Futexes;
use crate::interrupt;
use crate::machine::Registers;
use crate::mapping::AddressSpace;
use crate::names::Names;
use crate::objects::Objects;
use crate::progress::Progress;
use crate::ptrace::{self, Hang, Stop, Until, Waited};
use crate::stacks::Stacks as StackReader;
use crate::systemv::SystemV;
use crate::task::{Op, Process, SpaceId, State, Task};
use crate::watch::Watched;
use crate::{Limits, RunError, Stacks};

/// Everything about the execution under way.
pub(crate) struct Engine<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) scheduler: &'a mut dyn Scheduler,
    pub(crate) stacks: Option<StackReader>,
    pub(crate) names: &'a Names,
    pub(crate) tasks: Vec<Task>,
    pub(crate) processes: Vec<Process>,
    pub(crate) spaces: Vec<AddressSpace>,
    pub(crate) by_pid: HashMap<Pid, TaskId>,
    /// Tasks that stand at their start before their maker's call was reported.
    pub(crate) newborn: HashSet<Pid>,
    pub(crate) clock: Clock,
    pub(crate) futexes: Futexes,
    pub(crate) objects: Objects,
    pub(crate) systemv: SystemV,
    pub(crate) progress: Progress,
    pub(crate) cycle: Cycle,
    pub(crate) watched: Arc<Watched>,
    pub(crate) steps: Vec<Step>,
    pub(crate) printed: u64,
    pub(crate) unmodelled: Vec<String>,
    pub(crate) forbidden: Vec<String>,
    pub(crate) sliced: bool,
    /// Changes whenever something happened that a waiting call may have waited for.
    pub(crate) version: u64,
    pub(crate) limit: Option<Limit>,
    /// Numbers handed out by the emulated source of random bytes.
    pub(crate) random: u64,
    /// Where a breakpoint ends the program's start, until it is met.
    entry: Option<u64>,
    current: Option<TaskId>,
    step_when_first_ended: Option<u64>,
    taken: u64,
    /// Processor time of tasks that are gone, in nanoseconds.
    pub(crate) spent: u64,
    /// Looks of the watch at the running task without any processor time spent.
    still: u32,
}

/// Where an execution starts.
pub(crate) struct Start {
    pub(crate) tasks: Vec<Task>,
    pub(crate) processes: Vec<Process>,
    pub(crate) spaces: Vec<AddressSpace>,
    pub(crate) clock: Clock,
    pub(crate) objects: Objects,
    pub(crate) random: u64,
}

/// After the first process has ended, the others may take so many steps more before they are
/// taken for ones that do not end.
const STEPS_AFTER_THE_END: u64 = 5_000;

/// So many looks of the watch (25 ms apart at least) at a task that sleeps in the kernel
/// without a step mean that it waits there for something that is not modelled.
const LOOKS_UNTIL_STALLED: u32 = 80;

impl<'a> Engine<'a> {
    /// An execution that stands at `start`.
    pub(crate) fn new(limits: &'a Limits, names: &'a Names, start: Start, stacks: Stacks, scheduler: &'a mut dyn Scheduler) -> Engine<'a> {
        Engine {
            limits,
            scheduler,
            stacks: match stacks {
                Stacks::Recorded => Some(StackReader::default()),
                Stacks::Omitted => None,
            },
            names,
            by_pid: start.tasks.iter().map(|task| (task.pid, task.id)).collect(),
            tasks: start.tasks,
            processes: start.processes,
            spaces: start.spaces,
            newborn: HashSet::new(),
            clock: start.clock,
            futexes: Futexes::default(),
            objects: start.objects,
            systemv: SystemV::default(),
            progress: Progress::default(),
            cycle: Cycle::default(),
            watched: Watched::new(),
            steps: Vec::new(),
            printed: 0,
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            version: 1,
            limit: None,
            random: start.random,
            entry: None,
            current: None,
            step_when_first_ended: None,
            taken: 0,
            spent: 0,
            still: 0,
        }
    }

    /// What another execution can start from: where this one stands.
    pub(crate) fn into_start(mut self) -> Start {
        self.watched.stop();
        Start {
            tasks: std::mem::take(&mut self.tasks),
            processes: std::mem::take(&mut self.processes),
            spaces: std::mem::take(&mut self.spaces),
            clock: self.clock,
            objects: std::mem::take(&mut self.objects),
            random: self.random,
        }
    }

    /// Takes the first task, which stands behind its `execve`, to the program's own first
    /// instruction. Returns whether it came there.
    pub(crate) fn to_entry(&mut self, entry: u64) -> Result<bool, RunError> {
        self.entry = Some(entry);
        self.advance(TaskId::FIRST)?;
        while self.entry.is_some() && matches!(self.task(TaskId::FIRST).state, State::At(_)) && self.limit.is_none() {
            self.step(TaskId::FIRST)?;
        }
        Ok(self.entry.is_none())
    }

    /// Runs to an end, whichever.
    pub(crate) fn run(mut self) -> Result<Execution, RunError> {
        let ending = self.follow();
        self.end_all();
        let ending = ending?;
        let mut leftovers = self.names.leftovers();
        leftovers.extend(self.systemv.leftovers());
        leftovers.sort();
        Ok(Execution {
            steps: std::mem::take(&mut self.steps),
            ending,
            leftovers,
            unmodelled: std::mem::take(&mut self.unmodelled),
            forbidden: std::mem::take(&mut self.forbidden),
            sliced: self.sliced,
        })
    }

    fn follow(&mut self) -> Result<Ending, RunError> {
        self.advance(TaskId::FIRST)?;
        loop {
            if interrupt::requested() {
                return Err(RunError::Interrupted);
            }
            if let Some(ending) = self.over() {
                return Ok(ending);
            }
            let mut ready = self.ready()?;
            if ready.is_empty() {
                if self.ring_next_alarm()? {
                    continue;
                }
                ready = self.timed();
            }
            if ready.is_empty() {
                if self.tasks.iter().all(|task| matches!(task.state, State::Ended)) {
                    return Ok(Ending::Ended);
                }
                let stuck = self.stuck();
                return Ok(if self.first_has_ended() { Ending::Orphans(stuck) } else { Ending::Deadlock(stuck) });
            }
            let current = self.current.filter(|current| ready.iter().any(|ready| ready.task == *current));
            let task = match self.scheduler.choose(&ChoicePoint { current, ready: &ready }) {
                Decision::Run(task) => task,
                Decision::Abandon => return Ok(Ending::Abandoned),
            };
            self.taken += 1;
            self.clock.step();
            self.step(task)?;
            self.current = Some(task);
            if let Some(running) = self.came_back(task)? {
                let waiting = self.stuck();
                return Ok(if self.first_has_ended() { Ending::Orphans(waiting) } else { Ending::Livelock { running, waiting } });
            }
        }
    }

    fn first_has_ended(&self) -> bool {
        self.processes[0].ended.is_some()
    }

    /// Whether the execution is over by a limit.
    fn over(&mut self) -> Option<Ending> {
        if self.first_has_ended() {
            let since = *self.step_when_first_ended.get_or_insert(self.taken);
            if self.taken - since > STEPS_AFTER_THE_END {
                return Some(Ending::Orphans(self.stuck()));
            }
        }
        if let Some(limit) = self.limit {
            return Some(Ending::Limit(limit));
        }
        (self.taken >= self.limits.steps).then_some(Ending::Limit(Limit::Steps(self.limits.steps)))
    }

    /// Who can go on, in the order of ids.
    fn ready(&mut self) -> Result<Vec<Ready>, RunError> {
        let mut ready = Vec::new();
        for index in 0..self.tasks.len() {
            if self.processes[self.tasks[index].process.0].stopped {
                continue;
            }
            let id = self.tasks[index].id;
            if matches!(self.tasks[index].state, State::Asleep { .. }) {
                if self.interrupts(id) {
                    self.wake_for_signal(id)?;
                } else {
                    continue;
                }
            }
            let State::At(op) = &self.tasks[index].state else { continue };
            let (next, code) = match op {
                Op::Begin => (Pending::Begin, 0),
                Op::Continue => (Pending::Call { objects: Vec::new() }, 0),
                Op::Slice => (Pending::Slice, 0),
                Op::Opened(reader) => {
                    if self.objects.writers_of(reader.fifo.inode) == reader.writers {
                        continue;
                    }
                    (Pending::Call { objects: vec![reader.fifo.place()] }, 0)
                }
                Op::Access(instruction) => {
                    let kind = match instruction.effect {
                        crate::machine::Effect::Load | crate::machine::Effect::Split | crate::machine::Effect::Copy => explorer::AccessKind::Load,
                        crate::machine::Effect::Store | crate::machine::Effect::Fill => explorer::AccessKind::Store,
                        crate::machine::Effect::Update => explorer::AccessKind::Update,
                    };
                    let Some(location) = self.location(id, instruction.address) else { continue };
                    (Pending::Access { location, size: instruction.size, kind }, self.tasks[index].registers.code())
                }
                Op::Write(second) => {
                    let Some(location) = self.location(id, second.address) else { continue };
                    #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
                    let size = second.bytes.len() as u32;
                    (Pending::Access { location, size, kind: explorer::AccessKind::Store }, second.code)
                }
                Op::Call(_) => match self.call_ready(id)? {
                    Some((next, code)) => (next, code),
                    None => continue,
                },
            };
            let next = if self.tasks[index].yielding { Pending::Yield } else { next };
            ready.push(Ready { task: id, code: CodeAddress(code), next });
        }
        Ok(ready)
    }

    /// Those who can go on.
    pub(crate) fn able(&mut self) -> Result<Vec<TaskId>, RunError> {
        Ok(self.ready()?.into_iter().map(|ready| ready.task).collect())
    }

    /// Whether the call that a task is at could go on now, and how it looks to the scheduler.
    fn call_ready(&mut self, id: TaskId) -> Result<Option<(Pending, u64)>, RunError> {
        let can = self.can_go_on(id);
        let State::At(Op::Call(site)) = &self.task(id).state else { return Ok(None) };
        let code = site.code;
        let next = match &site.ready {
            Condition::Time(at) => Some(Pending::Wake { at: *at }),
            Condition::Yield => Some(Pending::Yield),
            _ if can => Some(Pending::Call { objects: site.places.clone() }),
            condition => match condition.deadline() {
                Some(at) if at <= self.clock.now() => Some(Pending::Wake { at }),
                _ => None,
            },
        };
        if next.is_none() && self.interrupts(id) {
            return Ok(Some((Pending::Call { objects: Vec::new() }, code)));
        }
        Ok(next.map(|next| (next, code)))
    }

    /// Those whose wait is timed, where nobody else can go on.
    fn timed(&mut self) -> Vec<Ready> {
        let mut ready = Vec::new();
        for task in &self.tasks {
            if self.processes[task.process.0].stopped {
                continue;
            }
            let at = match &task.state {
                State::Asleep { until, .. } => *until,
                State::At(Op::Call(site)) => site.ready.deadline(),
                State::At(_) | State::InVfork | State::Running | State::Ended => None,
            };
            if let Some(at) = at {
                ready.push(Ready { task: task.id, code: CodeAddress(task.registers.code()), next: Pending::Wake { at } });
            }
        }
        // whose time comes first goes first: the others have to wait for it
        let first = ready.iter().filter_map(|ready| if let Pending::Wake { at } = ready.next { Some(at) } else { None }).min();
        ready.retain(|ready| matches!(ready.next, Pending::Wake { at } if Some(at) == first));
        if let Some(first) = first {
            self.clock.pass_to(first);
        }
        ready
    }

    /// Lets `id` do what it stands at, and go on to the next such place.
    fn step(&mut self, id: TaskId) -> Result<(), RunError> {
        let task = self.task_mut(id);
        task.yielding = false;
        match std::mem::replace(&mut task.state, State::Running) {
            State::At(Op::Begin | Op::Continue | Op::Opened(_)) => self.advance(id),
            State::At(Op::Slice) => {
                self.sliced |= self.current.is_some_and(|current| current != id);
                self.advance(id)
            }
            State::At(Op::Access(instruction)) => self.access(id, *instruction),
            State::At(Op::Write(second)) => self.second_half(id, *second),
            State::At(Op::Call(site)) => self.call(id, site),
            State::Asleep { location, .. } => self.sleep_ended(id, location),
            state @ (State::InVfork | State::Running | State::Ended) => {
                self.task_mut(id).state = state;
                Ok(())
            }
        }
    }

    /// Lets `id` run to its next visible operation, or its end.
    pub(crate) fn advance(&mut self, id: TaskId) -> Result<(), RunError> {
        self.still = 0;
        let used_before = self.processor_time(id);
        loop {
            if matches!(self.task(id).state, State::Ended) {
                return Ok(());
            }
            let pid = self.task(id).pid;
            let signal = std::mem::take(&mut self.task_mut(id).deliver);
            self.task_mut(id).state = State::Running;
            if ptrace::resume(pid, Until::Stop, signal).is_err() {
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
                    if self.arrive(id)? {
                        return Ok(());
                    }
                }
                Stop::Signal(signal) => {
                    if self.signal_stop(id, signal, used_before)? {
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
    fn signal_stop(&mut self, id: TaskId, signal: i32, used_before: u64) -> Result<bool, RunError> {
        match signal {
            libc::SIGTRAP if self.entry.is_some_and(|entry| entry + 1 == self.task(id).registers.code()) => {
                self.entry = None;
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
            libc::SIGSEGV => self.fault(id),
            libc::SIGSTOP if self.is_from_us(id) => self.looked_at(id, used_before),
            libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU
                if signal == libc::SIGSTOP || self.action(id, signal).is_none_or(|action| action.handler == libc::SIG_DFL as u64) =>
            {
                let process = self.task(id).process;
                self.processes[process.0].stopped = true;
                self.task_mut(id).state = State::At(Op::Continue);
                Ok(true)
            }
            _ => {
                self.translate_sender(id);
                self.task_mut(id).deliver = signal;
                Ok(false)
            }
        }
    }

    /// The watch stopped a task that ran for a while. Returns whether the task stays.
    fn looked_at(&mut self, id: TaskId, used_before: u64) -> Result<bool, RunError> {
        if interrupt::requested() {
            return Err(RunError::Interrupted);
        }
        let used = self.processor_time(id);
        if self.total_processor_time() / 1_000_000 > self.limits.processor_time {
            self.limit = Some(Limit::ProcessorTime(self.limits.processor_time));
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
        const SLICE: u64 = 40_000_000;
        let space = self.process_of(id).space;
        let siblings = self
            .tasks
            .iter()
            .any(|task| task.id != id && !matches!(task.state, State::Ended) && self.processes[task.process.0].space == space);
        if siblings && used.saturating_sub(used_before) > SLICE {
            self.task_mut(id).state = State::At(Op::Slice);
            return Ok(true);
        }
        Ok(false)
    }

    /// Processor time that the process of `id` has used, in nanoseconds.
    pub(crate) fn processor_time(&self, id: TaskId) -> u64 {
        processor_time(self.process_of(id).pid)
    }

    fn total_processor_time(&self) -> u64 {
        self.spent + self.processes.iter().filter(|process| process.ended.is_none()).map(|process| processor_time(process.pid)).sum::<u64>()
    }

    pub(crate) fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.0 as usize]
    }

    pub(crate) fn task_mut(&mut self, id: TaskId) -> &mut Task {
        &mut self.tasks[id.0 as usize]
    }

    pub(crate) fn process_of(&self, id: TaskId) -> &Process {
        &self.processes[self.task(id).process.0]
    }

    pub(crate) fn process_of_mut(&mut self, id: TaskId) -> &mut Process {
        let process = self.task(id).process;
        &mut self.processes[process.0]
    }

    pub(crate) fn space_id(&self, id: TaskId) -> SpaceId {
        self.process_of(id).space
    }

    pub(crate) fn space(&self, id: TaskId) -> &AddressSpace {
        &self.spaces[self.space_id(id).0]
    }

    pub(crate) fn space_mut(&mut self, id: TaskId) -> &mut AddressSpace {
        let space = self.space_id(id);
        &mut self.spaces[space.0]
    }

    /// The place that an address of a task stands for, if it is shared.
    pub(crate) fn location(&self, id: TaskId, address: u64) -> Option<Location> {
        self.space(id).at(address).map(|mapping| mapping.location(address))
    }

    /// Records a step and tells the scheduler.
    pub(crate) fn record(&mut self, id: TaskId, action: Action, touched: Vec<Touch>) {
        let code = self.task(id).registers.code();
        self.record_at(id, code, action, touched);
    }

    /// Records a step made by the instruction at `code`.
    pub(crate) fn record_at(&mut self, id: TaskId, code: u64, action: Action, touched: Vec<Touch>) {
        let frames = match self.stacks.as_mut() {
            Some(stacks) => {
                let task = &self.tasks[id.0 as usize];
                stacks.frames(task.pid, code, &task.registers)
            }
            None => Vec::new(),
        };
        self.progress.step(&action);
        if matches!(action, Action::Call(_)) {
            self.version += 1;
        }
        let step = Step { task: id, code: CodeAddress(code), frames, action, touched };
        self.scheduler.observe(&step);
        self.steps.push(step);
    }

    /// Records a call that touches `places` (as writes).
    pub(crate) fn record_call(&mut self, id: TaskId, call: Call, places: &[Location]) {
        let touched = places.iter().copied().map(Touch::Write).collect();
        self.record(id, Action::Call(call), touched);
    }

    /// Notes that something was met which is not modelled.
    pub(crate) fn not_modelled(&mut self, what: String) {
        if !self.unmodelled.contains(&what) {
            self.unmodelled.push(what);
        }
    }

    /// Notes that the program tried what it may not do.
    pub(crate) fn forbid(&mut self, what: String) {
        const ENOUGH: usize = 20;
        if !self.forbidden.contains(&what) && self.forbidden.len() < ENOUGH {
            self.forbidden.push(what);
        }
    }

    /// A name for the next thing that a task makes, the same in every execution in which the
    /// task has the same history.
    pub(crate) fn next_object(&mut self, id: TaskId) -> ObjectId {
        let task = self.task_mut(id);
        task.made += 1;
        ObjectId(digest(&("object", task.history, task.made)))
    }

    /// Those that cannot go on, and why.
    fn stuck(&mut self) -> Vec<Stuck> {
        let ids: Vec<TaskId> = self.tasks.iter().filter(|task| !matches!(task.state, State::Ended)).map(|task| task.id).collect();
        ids.into_iter()
            .filter_map(|id| {
                let wait = self.wait_of(id)?;
                Some(self.stuck_at(id, wait))
            })
            .collect()
    }

    fn stuck_at(&mut self, id: TaskId, wait: Wait) -> Stuck {
        let task = &self.tasks[id.0 as usize];
        let frames = self.stacks.as_mut().map_or_else(Vec::new, |stacks| stacks.frames(task.pid, task.registers.code(), &task.registers));
        Stuck { task: id, wait, frames }
    }

    /// Ends whatever is left.
    fn end_all(&mut self) {
        self.watched.stop();
        let mut living: HashSet<Pid> = self.by_pid.keys().chain(&self.newborn).copied().collect();
        for pid in &living {
            // SAFETY: a signal by number, to a task that is ours as long as it was not waited for.
            unsafe { libc::kill(pid.as_raw(), libc::SIGKILL) };
        }
        while !living.is_empty() {
            match ptrace::wait(None, Hang::Yes) {
                Ok(Waited::Stopped(pid, Stop::Ended(_))) => {
                    living.remove(&pid);
                }
                Ok(Waited::Stopped(pid, _)) => {
                    living.insert(pid);
                    // SAFETY: as above.
                    unsafe { libc::kill(pid.as_raw(), libc::SIGKILL) };
                    let _ = ptrace::resume(pid, Until::Stop, 0);
                }
                Ok(Waited::Interrupted) => {}
                Ok(Waited::Nobody) | Err(_) => break,
            }
        }
        // those whose parents ended before them are ours to clear away
        for process in &self.processes {
            let mut status = 0;
            // SAFETY: a live integer. A number that is not our child's gives an error.
            unsafe { libc::waitpid(process.pid.as_raw(), &raw mut status, libc::WNOHANG | libc::__WALL) };
        }
    }
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        self.systemv.remove();
    }
}

/// A digest that is the same in every run of the grader.
pub(crate) fn digest(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
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
