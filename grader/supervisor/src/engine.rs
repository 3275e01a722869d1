//! One execution: every task stopped but one, and the scheduler asked before each visible
//! operation.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use explorer::{
    Action, Call, CodeAddress, Frame, Limit, Location, ObjectId, Scheduler, Shared, Step, TaskId, Touch, Unmade,
};
use nix::unistd::Pid;

use crate::buffers::Buffers;
use crate::clock::Clock;
use crate::cycle::Cycle;
use crate::futex::Futexes;
use crate::habits::Habits;
use crate::instructions::Glimpse;
use crate::mapping::AddressSpace;
use crate::names::Names;
use crate::objects::Objects;
use crate::private::Change;
use crate::progress::Progress;
use crate::rounds::STEPS_BETWEEN_LOOKS;
use crate::stacks::Stacks as StackReader;
use crate::systemv::SystemV;
use crate::task::{Process, SpaceId, Task};
use crate::threads::Watching;
use crate::timers::Timers;
use crate::watch::Watched;
use crate::{Limits, Stacks};

/// Everything about the execution under way.
pub(crate) struct Engine<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) scheduler: &'a mut dyn Scheduler,
    pub(crate) stacks: Option<StackReader>,
    pub(crate) names: &'a Names,
    pub(crate) tasks: Vec<Task>,
    pub(crate) processes: Vec<Process>,
    pub(crate) spaces: Vec<AddressSpace>,
    /// The private memory of processes with several threads.
    pub(crate) watching: HashMap<SpaceId, Watching>,
    /// Spaces that are copies of such ones, and what has to change before they are used.
    pub(crate) releases: HashMap<SpaceId, Vec<Change>>,
    /// What threads were seen to share, in this execution and those before it.
    pub(crate) shared: &'a mut Shared,
    pub(crate) habits: &'a mut Habits,
    /// Whether more was seen in this one.
    pub(crate) rehearsal: bool,
    /// What tasks that have ended were about to touch.
    pub(crate) unmade: Vec<Unmade>,
    /// Those that have not ended, in the order of their ids.
    pub(crate) living: Vec<TaskId>,
    pub(crate) by_pid: HashMap<Pid, TaskId>,
    /// Tasks that stand at their start before their maker's call was reported.
    pub(crate) newborn: HashSet<Pid>,
    /// What was read along at the last access.
    pub(crate) glimpse: Option<Glimpse>,
    /// Stores that have not come to memory yet.
    pub(crate) buffers: Buffers,
    pub(crate) clock: Clock,
    pub(crate) futexes: Futexes,
    pub(crate) objects: Objects,
    pub(crate) systemv: SystemV,
    pub(crate) timers: Timers,
    /// How often timers went off without anybody going on.
    pub(crate) rung: u32,
    pub(crate) progress: Progress,
    pub(crate) cycle: Cycle,
    pub(crate) watched: Arc<Watched>,
    pub(crate) steps: Vec<Step>,
    pub(crate) printed: u64,
    /// Bytes that went into files.
    pub(crate) filed: u64,
    /// Files and folders that it has made and not taken away, at most.
    pub(crate) named: usize,
    pub(crate) unmodelled: Vec<String>,
    pub(crate) forbidden: Vec<String>,
    pub(crate) sliced: bool,
    /// Changes whenever something happened that a waiting call may have waited for.
    pub(crate) version: u64,
    pub(crate) limit: Option<Limit>,
    /// Numbers handed out by the emulated source of random bytes.
    pub(crate) random: u64,
    /// Where a breakpoint ends the program's start, until it is met.
    pub(crate) entry: Option<u64>,
    /// Whether a task stays before each call, whatever is to become of it.
    pub(crate) at_each_call: bool,
    pub(crate) current: Option<TaskId>,
    pub(crate) step_when_first_ended: Option<u64>,
    pub(crate) taken: u64,
    /// At how many steps memory is looked at next.
    pub(crate) next_look_at_memory: u64,
    /// Processor time of tasks that are gone, in nanoseconds.
    pub(crate) spent: u64,
    /// Looks of the watch at the running task without any processor time spent.
    pub(crate) still: u32,
}

/// Where an execution starts.
pub(crate) struct Start {
    pub(crate) tasks: Vec<Task>,
    pub(crate) processes: Vec<Process>,
    pub(crate) spaces: Vec<AddressSpace>,
    pub(crate) clock: Clock,
    pub(crate) objects: Objects,
    pub(crate) random: u64,
    /// What was done until then.
    pub(crate) steps: Vec<Step>,
    /// Bytes printed until then.
    pub(crate) printed: u64,
}

impl<'a> Engine<'a> {
    /// An execution that stands at `start`.
    pub(crate) fn new(
        limits: &'a Limits,
        names: &'a Names,
        start: Start,
        shared: &'a mut Shared,
        habits: &'a mut Habits,
        stacks: Stacks,
        scheduler: &'a mut dyn Scheduler,
    ) -> Engine<'a> {
        Engine {
            limits,
            scheduler,
            stacks: match stacks {
                Stacks::Recorded => Some(StackReader::default()),
                Stacks::Omitted => None,
            },
            names,
            living: start.tasks.iter().map(|task| task.id).collect(),
            by_pid: start.tasks.iter().map(|task| (task.pid, task.id)).collect(),
            tasks: start.tasks,
            processes: start.processes,
            spaces: start.spaces,
            watching: HashMap::new(),
            releases: HashMap::new(),
            shared,
            habits,
            unmade: Vec::new(),
            rehearsal: false,
            newborn: HashSet::new(),
            glimpse: None,
            buffers: Buffers::default(),
            clock: start.clock,
            futexes: Futexes::default(),
            objects: start.objects,
            systemv: SystemV::default(),
            timers: Timers::default(),
            rung: 0,
            progress: Progress::default(),
            cycle: Cycle::default(),
            watched: Watched::new(),
            steps: start.steps,
            printed: start.printed,
            filed: 0,
            named: 0,
            unmodelled: Vec::new(),
            forbidden: Vec::new(),
            sliced: false,
            version: 1,
            limit: None,
            random: start.random,
            entry: None,
            at_each_call: false,
            current: None,
            step_when_first_ended: None,
            taken: 0,
            next_look_at_memory: STEPS_BETWEEN_LOOKS,
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
            steps: std::mem::take(&mut self.steps),
            printed: self.printed,
        }
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
        self.location_of(id, address, 1)
    }

    /// The first place that is shared among `len` bytes at an address of a task.
    pub(crate) fn location_of(&self, id: TaskId, address: u64, len: u64) -> Option<Location> {
        let shared = self.space(id).among(address, len);
        let mapped = shared.first().map(|(mapping, from, _)| mapping.location(*from));
        mapped.or_else(|| self.private_place(id, address, len))
    }

    /// Records a step and tells the scheduler.
    pub(crate) fn record(&mut self, id: TaskId, action: Action, touched: Vec<Touch>) {
        let code = self.task(id).registers.code();
        self.record_at(id, code, action, touched);
    }

    /// Records a step made by the instruction at `code`.
    pub(crate) fn record_at(&mut self, id: TaskId, code: u64, action: Action, mut touched: Vec<Touch>) {
        // a handler can run before any step
        if self.catches_signals(id) {
            touched.push(Touch::Read(self.signal_place(id)));
        }
        let frames = self.frames_at(id, code);
        if matches!(action, Action::Call(_)) {
            self.version += 1;
        }
        let place = match action {
            Action::Access(_) => self.task(id).place,
            Action::Call(_) => code,
        };
        self.note_operation(id, code, &action);
        self.record_step(Step { task: id, code: CodeAddress(place), frames, action, touched });
    }

    /// Records a step of which everything is known.
    pub(crate) fn record_step(&mut self, step: Step) {
        self.progress.step(&step.action);
        self.scheduler.observe(&step);
        self.steps.push(step);
    }

    /// The call stack of `id` at the instruction at `code`, where stacks are recorded.
    pub(crate) fn frames_at(&mut self, id: TaskId, code: u64) -> Vec<Frame> {
        // what takes so many steps is not explained step by step
        const STEPS_WITH_STACKS: usize = 10_000;
        match self.stacks.as_mut().filter(|_| self.steps.len() < STEPS_WITH_STACKS) {
            Some(stacks) => {
                let task = &self.tasks[id.0 as usize];
                stacks.frames(task.pid, code, &task.registers)
            }
            None => Vec::new(),
        }
    }

    /// Records a call that touches `places` (as writes).
    pub(crate) fn record_call(&mut self, id: TaskId, call: Call, places: &[Location]) {
        let touched = places.iter().copied().map(Touch::Write).collect();
        self.record(id, Action::Call(call), touched);
    }

    /// The same, with the line of the program's own source that led there, where it is known.
    pub(crate) fn not_modelled_at(&mut self, id: TaskId, what: String) {
        let known =
            |noted: &String| noted.strip_prefix(&what).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("));
        if self.unmodelled.iter().any(known) {
            return;
        }
        let task = self.task(id);
        let frames = StackReader::default().frames(task.pid, task.registers.code(), &task.registers);
        let own = frames.into_iter().find(|frame| {
            let path = std::path::Path::new(&frame.file);
            !path.starts_with("/rustc") && !path.starts_with("/usr") && path.exists()
        });
        let place = own.and_then(|frame| {
            let file = std::path::Path::new(&frame.file).file_name()?.to_string_lossy().into_owned();
            Some(format!(" ({file}:{})", frame.line))
        });
        self.not_modelled(what + &place.unwrap_or_default());
    }

    /// Notes that something was met which is not modelled.
    pub(crate) fn not_modelled(&mut self, what: String) {
        // whatever it does
        self.names.used();
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
