//! The course of an execution, round by round: who can go on, whom the scheduler chooses, and
//! whether that was the end.

use std::collections::HashSet;
use std::time::Duration;

use explorer::{
    AccessKind, ChoicePoint, CodeAddress, Decision, Ending, Execution, Limit, Pending, Ready, Stuck, TaskId, Threads,
    Unmade, Wait, Way,
};
use nix::unistd::Pid;

use crate::buffers::Destination;
use crate::calls::Condition;
use crate::engine::Engine;
use crate::machine::Effect;
use crate::ptrace::{self, Hang, Stop, Until, Waited};
use crate::task::{Op, State};
use crate::{RunError, interrupt};

/// After the first process has ended, the others may take so many steps more before they are
/// taken for ones that do not end.
const STEPS_AFTER_THE_END: u64 = 5_000;

/// After so many steps it is looked at how much memory is used.
pub(crate) const STEPS_BETWEEN_LOOKS: u64 = 2_000;

/// Where a task waits at a pipe whose other end no task has, it is asked again after so long.
const ASKED_AFTER: Duration = Duration::from_millis(1);
/// So often at most in an execution.
const MOST_ASKED: u32 = 50;

impl Engine<'_> {
    /// Runs to an end, whichever.
    pub(crate) fn run(mut self) -> Result<Execution, RunError> {
        let known = self.shared.clone();
        let ending = self.follow();
        if let Ok(Ending::Deadlock(_) | Ending::Orphans(_)) = ending {
            (0..self.living.len()).for_each(|place| self.note_unmade(self.living[place]));
        }
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
            rehearsal: self.rehearsal,
            shared: known,
            unmade: std::mem::take(&mut self.unmade),
        })
    }

    /// Takes note of the call at which a task stands, which it will not make any more.
    pub(crate) fn note_unmade(&mut self, id: TaskId) {
        if let State::At(Op::Call(site)) = &self.task(id).state
            && !site.places.is_empty()
        {
            let places = site.places.clone();
            self.unmade.push(Unmade { task: id, places });
        }
    }

    fn follow(&mut self) -> Result<Ending, RunError> {
        if self.shared.threads == Threads::NotFollowed {
            self.scheduler.threads_are_not_followed();
        }
        for step in &self.steps {
            self.scheduler.observe(step);
        }
        self.advance(TaskId::FIRST)?;
        let mut asked_again = 0;
        loop {
            if interrupt::requested() {
                return Err(RunError::Interrupted);
            }
            if let Some(ending) = self.over() {
                return Ok(ending);
            }
            let mut ready = self.ready()?;
            if ready.is_empty() {
                if self.ring_before(self.next_timeout()) {
                    continue;
                }
                ready = self.timed();
            } else if let Some(wake) = first_wake(&ready) {
                // whoever is awake goes before time passes; then what comes first comes first
                let timeout = self.next_timeout();
                if self.ring_before(Some(timeout.map_or(wake, |timeout| timeout.min(wake)))) {
                    continue;
                }
                if timeout.is_some_and(|timeout| timeout < wake) {
                    ready = self.timed();
                }
            }
            if ready.is_empty() {
                if self.living.is_empty() {
                    return Ok(Ending::Ended);
                }
                if self.is_held_outside() && asked_again < MOST_ASKED {
                    asked_again += 1;
                    std::thread::sleep(ASKED_AFTER);
                    continue;
                }
                let stuck = self.stuck();
                return Ok(if self.first_has_ended() { Ending::Orphans(stuck) } else { Ending::Deadlock(stuck) });
            }
            let current = self.current.filter(|current| ready.iter().any(|ready| ready.task == *current));
            let (task, way) = match self.scheduler.choose(&ChoicePoint { current, ready: &ready }) {
                Decision::Run(task) => (task, Way::Plain),
                Decision::Delay(task) => (task, Way::Delays),
                Decision::Fail(task, fault) => (task, Way::Fails(fault)),
                Decision::Abandon => return Ok(Ending::Abandoned),
            };
            self.taken += 1;
            self.clock.step();
            self.rung = 0;
            match way {
                Way::Plain if task.is_buffer() => self.flush(task.owner()),
                Way::Plain => self.step(task, Destination::Memory)?,
                Way::Delays => self.step(task, Destination::Buffer)?,
                Way::Fails(fault) => self.fail(task, fault)?,
            }
            self.fire_due();
            if !task.is_buffer() {
                self.current = Some(task);
            }
            if let Some(running) = self.came_back(task)? {
                let waiting = self.stuck();
                return Ok(if self.first_has_ended() {
                    Ending::Orphans(waiting)
                } else {
                    Ending::Livelock { running, waiting }
                });
            }
        }
    }

    pub(crate) fn first_has_ended(&self) -> bool {
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
        if self.taken >= self.next_look_at_memory {
            self.next_look_at_memory = self.taken + STEPS_BETWEEN_LOOKS;
            self.too_much_memory();
        }
        if let Some(limit) = self.limit {
            return Some(Ending::Limit(limit));
        }
        // a program that makes task after task is not given as many steps: each is dear
        const TASKS_MADE: usize = 2_000;
        (self.taken >= self.limits.steps || self.tasks.len() > TASKS_MADE)
            .then_some(Ending::Limit(Limit::Steps(self.limits.steps)))
    }

    /// Who can go on, in the order of ids.
    pub(crate) fn ready(&mut self) -> Result<Vec<Ready>, RunError> {
        let mut ready = Vec::new();
        for place in 0..self.living.len() {
            let index = self.living[place].0 as usize;
            if self.processes[self.tasks[index].process.0].stopped {
                continue;
            }
            let id = self.tasks[index].id;
            if matches!(self.tasks[index].state, State::Asleep { .. }) {
                match self.coming(id) {
                    Some(signal) => self.wake_for_signal(id, signal)?,
                    None => continue,
                }
            }
            if !matches!(self.tasks[index].state, State::At(_)) {
                continue;
            }
            if self.coming(id).is_some() {
                let code = self.tasks[index].registers.code();
                let next = Pending::Call { objects: vec![self.signal_place(id)] };
                ready.push(Ready {
                    task: id,
                    code: CodeAddress(code),
                    next,
                    faults: Vec::new(),
                    midway: false,
                    stalls: false,
                });
                continue;
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
                        Effect::Load | Effect::Split | Effect::Copy => AccessKind::Load,
                        Effect::Store | Effect::Fill => AccessKind::Store,
                        Effect::Update => AccessKind::Update,
                        Effect::Exchange => AccessKind::Exchange,
                    };
                    let size = instruction.size.into();
                    let Some(location) = self.location_of(id, instruction.address, size) else { continue };
                    (Pending::Access { location, size: instruction.size, kind }, self.tasks[index].place)
                }
                Op::Write(second) => {
                    let size = second.bytes.len() as u64;
                    let Some(location) = self.location_of(id, second.address, size) else { continue };
                    #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
                    let size = second.bytes.len() as u32;
                    (Pending::Access { location, size, kind: AccessKind::Store }, self.tasks[index].place)
                }
                Op::Call(_) => match self.call_ready(id)? {
                    Some((next, code)) => (next, code),
                    None => continue,
                },
            };
            let next = if self.tasks[index].yielding { Pending::Yield } else { next };
            let faults = self.ways_to_fail(id);
            let midway = self.is_midway(id);
            // whatever can fail is to be come to
            let stalls = faults.is_empty() && self.stalls(id);
            ready.push(Ready { task: id, code: CodeAddress(code), next, faults, midway, stalls });
        }
        // buffers are numbered from the other end
        ready.extend(self.buffers.oldest().rev().map(|(owner, oldest)| {
            #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
            let next = Pending::Flush { location: oldest.location, size: oldest.bytes.len() as u32 };
            Ready {
                task: owner.buffer(),
                code: CodeAddress(oldest.place),
                next,
                faults: Vec::new(),
                midway: false,
                stalls: false,
            }
        }));
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
            _ if can => {
                let mut objects = site.places.clone();
                if self.catches_signals(id) {
                    // whether a signal comes before it or after may matter
                    objects.push(self.signal_place(id));
                }
                Some(Pending::Call { objects })
            }
            condition => match condition.deadline() {
                Some(at) if at <= self.clock.now() => Some(Pending::Wake { at }),
                _ => None,
            },
        };
        if next.is_none()
            && let State::At(Op::Call(site)) = &mut self.task_mut(id).state
        {
            site.waited = true;
        }
        Ok(next.map(|next| (next, code)))
    }

    /// When the first timed wait is over.
    fn next_timeout(&self) -> Option<u64> {
        let timeout = |id: &TaskId| {
            let task = &self.tasks[id.0 as usize];
            match &task.state {
                _ if self.processes[task.process.0].stopped => None,
                State::Asleep { until, .. } => *until,
                State::At(Op::Call(site)) => site.ready.deadline(),
                State::At(_) | State::InVfork | State::Running | State::Ended => None,
            }
        };
        self.living.iter().filter_map(timeout).min()
    }

    /// Those whose wait is timed, where nobody else can go on.
    fn timed(&mut self) -> Vec<Ready> {
        let mut ready = Vec::new();
        for task in self.living.iter().map(|id| &self.tasks[id.0 as usize]) {
            if self.processes[task.process.0].stopped {
                continue;
            }
            let at = match &task.state {
                State::Asleep { until, .. } => *until,
                State::At(Op::Call(site)) => site.ready.deadline(),
                State::At(_) | State::InVfork | State::Running | State::Ended => None,
            };
            if let Some(at) = at {
                ready.push(Ready {
                    task: task.id,
                    code: CodeAddress(task.registers.code()),
                    next: Pending::Wake { at },
                    faults: Vec::new(),
                    midway: false,
                    stalls: false,
                });
            }
        }
        // whose time comes first goes first: the others have to wait for it
        let first =
            ready.iter().filter_map(|ready| if let Pending::Wake { at } = ready.next { Some(at) } else { None }).min();
        ready.retain(|ready| matches!(ready.next, Pending::Wake { at } if Some(at) == first));
        if let Some(first) = first {
            self.clock.pass_to(first);
        }
        ready
    }

    /// Lets `id` do what it stands at, a store to where it is wanted, and go on to the next such place.
    pub(crate) fn step(&mut self, id: TaskId, wanted: Destination) -> Result<(), RunError> {
        let task = self.task_mut(id);
        task.yielding = false;
        match std::mem::replace(&mut task.state, State::Running) {
            State::At(Op::Begin | Op::Continue | Op::Opened(_)) => {
                // this is also how a task stands before a fence
                self.drain(id);
                self.advance(id)
            }
            State::At(Op::Slice) => {
                self.sliced |= self.current.is_some_and(|current| current != id);
                self.advance(id)
            }
            State::At(Op::Access(instruction)) => {
                // its handler runs first; afterwards the access is met again
                if self.coming(id).is_some() { self.advance(id) } else { self.access(id, *instruction, wanted) }
            }
            State::At(Op::Write(second)) => self.second_half(id, *second, wanted),
            State::At(Op::Call(site)) => {
                self.drain(id);
                self.call(id, site)
            }
            State::Asleep { location, .. } => self.sleep_ended(id, location),
            state @ (State::InVfork | State::Running | State::Ended) => {
                self.task_mut(id).state = state;
                Ok(())
            }
        }
    }

    /// Those that cannot go on, and why.
    pub(crate) fn stuck(&mut self) -> Vec<Stuck> {
        let ids = self.living.clone();
        ids.into_iter()
            .filter_map(|id| {
                let wait = self.wait_of(id)?;
                Some(self.stuck_at(id, wait))
            })
            .collect()
    }

    /// Whether somebody waits for what none of the program's tasks could do: then a process of
    /// somebody else's, which has not executed its program yet, holds a copy of a descriptor.
    fn is_held_outside(&mut self) -> bool {
        let ids = self.living.clone();
        ids.into_iter().any(|id| match self.wait_of(id) {
            Some(Wait::Readable { holders, .. } | Wait::Writable { holders, .. }) => holders.is_empty(),
            _ => false,
        })
    }

    fn stuck_at(&mut self, id: TaskId, wait: Wait) -> Stuck {
        let task = &self.tasks[id.0 as usize];
        let frames = self
            .stacks
            .as_mut()
            .map_or_else(Vec::new, |stacks| stacks.frames(task.pid, task.registers.code(), &task.registers));
        Stuck { task: id, wait, frames }
    }

    /// Ends whatever is left.
    pub(crate) fn end_all(&mut self) {
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

/// When the first of these wakes up, if all of them sleep.
fn first_wake(ready: &[Ready]) -> Option<u64> {
    let wake = |ready: &Ready| match ready.next {
        Pending::Wake { at } => Some(at),
        Pending::Begin
        | Pending::Access { .. }
        | Pending::Call { .. }
        | Pending::Flush { .. }
        | Pending::Yield
        | Pending::Slice => None,
    };
    ready.iter().map(wake).collect::<Option<Vec<u64>>>()?.into_iter().min()
}
