//! Made-up programs: a few instructions, run one at a time under a scheduler, so that the
//! whole search can be tested without a process.
//!
//! Task 0 runs script 0; `Spawn` makes a child that runs another script. Registers are a
//! task's own, words of memory are everybody's.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use explorer::{
    Access, AccessKind, Action, Call, ChoicePoint, CodeAddress, Decision, Ending, Execution, Fault, Limit, Location,
    MemoryModel, ObjectId, Pending, Ready, Scheduler, Scope, Step, Stream, Stuck, TaskEnd, TaskId, TaskKind, Touch,
    Unmade, Wait, Way,
};

/// One instruction. Jumps are relative to the instruction that jumps.
#[derive(Clone, Debug)]
pub enum Op {
    /// register := word
    Load(usize, u64),
    /// word := register + number
    Store(u64, usize, i64),
    /// register := word; word := word + number
    FetchAdd(usize, u64, i64),
    /// register := word; word := number
    Swap(usize, u64, i64),
    /// register := word; if it was the first number, word := the second
    CompareExchange(usize, u64, i64, i64),
    /// register := number
    Set(usize, i64),
    /// register := register + number
    Add(usize, i64),
    /// register := register - other register
    Subtract(usize, usize),
    /// jump if the register is the number
    JumpIf(usize, i64, isize),
    /// jump if the register is not the number
    JumpUnless(usize, i64, isize),
    Jump(isize),
    /// Blocks until the mutex is free.
    Lock(u64),
    Unlock(u64),
    /// A load with which an operation begins that waits while the word is 0.
    Peek(usize, u64),
    /// The same midway through an operation.
    Midway(Box<Op>),
    /// Blocks until the word is not 0.
    Park(u64),
    /// All delayed stores come to memory.
    Fence,
    /// Gives a register to a pipe; blocks while it is full.
    Send(u64, usize),
    /// Takes a number from a pipe; blocks while it is empty. -1 where it is interrupted, and
    /// less than there was where it is cut short.
    Receive(usize, u64),
    Yield,
    Sleep(u64),
    Spawn(usize),
    /// Waits for the end of a child: the how-manieth one made.
    Wait(usize),
    /// Waits for the end of any child.
    WaitAny,
    Print(usize),
    /// Ends with this exit code.
    Exit(i32),
}

/// The register that is always 0, unless a script changes it.
pub const ZERO: usize = 15;

/// A program: its scripts.
#[derive(Clone, Debug)]
pub struct Program(pub Vec<Vec<Op>>);

impl Program {
    /// A parent that starts all of these, waits for them, then does `after`.
    pub fn of(children: Vec<Vec<Op>>, after: Vec<Op>) -> Program {
        let count = children.len();
        let mut parent: Vec<Op> = (1..=count).map(Op::Spawn).collect();
        parent.extend((0..count).map(Op::Wait));
        parent.extend(after);
        let mut scripts = vec![parent];
        scripts.extend(children);
        Program(scripts)
    }
}

/// `body`, `times` times, counted in `register`.
pub fn repeat(register: usize, times: i64, body: &[Op]) -> Vec<Op> {
    let mut all = vec![Op::Set(register, times)];
    all.extend_from_slice(body);
    all.push(Op::Add(register, -1));
    all.push(Op::JumpUnless(register, 0, -(body.len() as isize) - 1));
    all
}

/// Prints these words.
pub fn print_words(words: &[u64]) -> Vec<Op> {
    words.iter().flat_map(|&word| [Op::Load(0, word), Op::Print(0)]).collect()
}

/// Takes a semaphore that counts to one, or waits for it. Register 8 is used.
pub fn take(semaphore: u64) -> Vec<Op> {
    let midway = |op| Op::Midway(Box::new(op));
    vec![
        Op::Peek(8, semaphore),
        midway(Op::CompareExchange(8, semaphore, 1, 0)),
        Op::JumpIf(8, 1, 3),
        midway(Op::Park(semaphore)),
        Op::Jump(-3),
    ]
}

/// Gives it back.
pub fn give(semaphore: u64) -> Vec<Op> {
    vec![Op::Load(8, semaphore), Op::Midway(Box::new(Op::Swap(8, semaphore, 1)))]
}

const MEMORY: ObjectId = ObjectId(1);
const LOCKS: ObjectId = ObjectId(2);
const OUTPUT: ObjectId = ObjectId(3);
const PIPES: ObjectId = ObjectId(4);
/// Numbers that a pipe holds at most.
const CAPACITY: usize = 2;
const STEPS: usize = 5_000;

#[derive(Clone, Debug)]
struct Task {
    script: usize,
    at: usize,
    registers: [i64; 16],
    begun: bool,
    /// It sleeps until then.
    asleep: Option<u64>,
    offers: bool,
    ended: bool,
    children: Vec<TaskId>,
    waited: Vec<TaskId>,
    made: u64,
    /// Its delayed stores, the oldest first.
    buffer: VecDeque<Delayed>,
    /// The same in every execution with the same history.
    name: u64,
}

#[derive(Clone, Copy, Debug)]
struct Delayed {
    word: u64,
    number: i64,
    code: CodeAddress,
}

impl Task {
    fn new(script: usize, name: u64) -> Task {
        Task {
            script,
            at: 0,
            registers: [0; 16],
            begun: false,
            asleep: None,
            offers: false,
            ended: false,
            children: Vec::new(),
            waited: Vec::new(),
            made: 0,
            buffer: VecDeque::new(),
            name,
        }
    }
}

struct Machine<'a> {
    program: &'a Program,
    tasks: Vec<Task>,
    memory: BTreeMap<u64, i64>,
    /// Who holds which mutex.
    locks: BTreeMap<u64, TaskId>,
    pipes: BTreeMap<u64, VecDeque<i64>>,
    now: u64,
    steps: Vec<Step>,
    limit: usize,
    scope: Scope,
    watch: Watch<'a>,
    rehearsal: bool,
}

/// Which words of memory are watched.
pub enum Watch<'a> {
    All,
    /// Those that two tasks were seen to use. Other words are used without anybody being asked.
    Learned(&'a mut Watched),
}

/// What is known to be used by two tasks.
#[derive(Debug, Default)]
pub struct Watched {
    words: BTreeSet<u64>,
    /// Who used the others, in this execution.
    users: BTreeMap<u64, usize>,
}

/// Runs a program once.
pub fn run(program: &Program, scheduler: &mut dyn Scheduler) -> Execution {
    run_on(program, Scope::default(), Watch::All, scheduler)
}

/// The same on a machine that is less simple.
pub fn run_on(program: &Program, scope: Scope, watch: Watch, scheduler: &mut dyn Scheduler) -> Execution {
    run_for(STEPS, program, scope, watch, scheduler)
}

/// The same for at most so many steps.
pub fn run_for(
    limit: usize,
    program: &Program,
    scope: Scope,
    mut watch: Watch,
    scheduler: &mut dyn Scheduler,
) -> Execution {
    match &mut watch {
        Watch::All => {}
        Watch::Learned(watched) => watched.users.clear(),
    }
    let mut machine = Machine {
        program,
        tasks: vec![Task::new(0, 0)],
        memory: BTreeMap::new(),
        locks: BTreeMap::new(),
        pipes: BTreeMap::new(),
        now: 0,
        steps: Vec::new(),
        limit,
        scope,
        watch,
        rehearsal: false,
    };
    let ending = machine.run(scheduler);
    let unmade = match ending {
        Ending::Deadlock(_) => machine.ids().filter_map(|id| machine.unmade(id)).collect(),
        _ => Vec::new(),
    };
    Execution {
        unmade,
        steps: machine.steps,
        ending,
        leftovers: Vec::new(),
        unmodelled: Vec::new(),
        forbidden: Vec::new(),
        sliced: false,
        rehearsal: machine.rehearsal,
        shared: explorer::Shared::default(),
    }
}

/// What a program printed, as numbers.
pub fn printed(execution: &Execution) -> Vec<i64> {
    let output = String::from_utf8(execution.output(Stream::Out)).expect("toy output is text");
    output.lines().map(|line| line.parse().expect("toy output is numbers")).collect()
}

impl Machine<'_> {
    fn run(&mut self, scheduler: &mut dyn Scheduler) -> Ending {
        let mut last = None;
        loop {
            if self.tasks.iter().all(|task| task.ended && task.buffer.is_empty()) {
                return Ending::Ended;
            }
            if self.steps.len() >= self.limit {
                return Ending::Limit(Limit::Steps(self.limit as u64));
            }
            let mut ready: Vec<Ready> = self.ids().filter_map(|id| self.ready(id)).collect();
            ready.extend(self.ids().rev().filter_map(|id| self.flushes(id)));
            if ready.is_empty() {
                return Ending::Deadlock(self.ids().filter_map(|id| self.stuck(id)).collect());
            }
            let current = last.filter(|last| ready.iter().any(|ready| ready.task == *last));
            let decision = scheduler.choose(&ChoicePoint { current, ready: &ready });
            let (task, way) = match decision {
                Decision::Run(task) => (task, Way::Plain),
                Decision::Fail(task, fault) => (task, Way::Fails(fault)),
                Decision::Delay(task) => (task, Way::Delays),
                Decision::Abandon => return Ending::Abandoned,
            };
            let chosen = ready.iter().find(|ready| ready.task == task);
            let chosen = chosen.expect("the scheduler chose a task that is ready");
            let before = self.steps.len();
            match way {
                Way::Plain if task.is_buffer() => self.flush(task.owner()),
                Way::Plain => self.step(task),
                Way::Fails(fault) => {
                    assert!(chosen.faults.contains(&fault), "it cannot fail like that");
                    self.fail(task, fault);
                }
                Way::Delays => {
                    assert_eq!(self.scope.memory, MemoryModel::StoreBuffers, "nobody asked for that");
                    self.delay(task);
                    while self.private(task.0 as usize) {}
                }
            }
            for step in &self.steps[before..] {
                scheduler.observe(step);
            }
            if !task.is_buffer() {
                last = Some(task);
            }
        }
    }

    fn ids(&self) -> impl DoubleEndedIterator<Item = TaskId> + use<> {
        (0..self.tasks.len() as u32).map(TaskId)
    }

    fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.0 as usize]
    }

    fn op(&self, task: &Task) -> Op {
        match self.program.0[task.script].get(task.at) {
            Some(Op::Midway(op)) => op.as_ref().clone(),
            Some(op) => op.clone(),
            None => Op::Exit(0),
        }
    }

    fn ready(&self, id: TaskId) -> Option<Ready> {
        let task = self.task(id);
        if task.ended {
            return None;
        }
        let code = CodeAddress((task.script * 1000 + task.at) as u64);
        let faults = self.faults(id);
        let raw = self.program.0[task.script].get(task.at);
        let stalls =
            matches!(raw, Some(Op::Peek(_, word)) if task.begun && self.value(*word) == 0) && faults.is_empty();
        let midway = matches!(raw, Some(Op::Midway(_)));
        let ready = |next| Some(Ready { task: id, code, next, faults, midway, stalls });
        if !task.begun {
            return ready(Pending::Begin);
        }
        if let Some(at) = task.asleep {
            return ready(Pending::Wake { at });
        }
        if task.offers {
            return ready(Pending::Yield);
        }
        let access = |word, kind| Pending::Access { location: memory(word), size: 8, kind };
        let call = |objects| Pending::Call { objects };
        match self.op(task) {
            Op::Load(_, word) | Op::Peek(_, word) => ready(access(word, AccessKind::Load)),
            Op::Park(word) if self.value(word) == 0 => None,
            Op::Park(word) => ready(call(vec![memory(word)])),
            Op::Store(word, ..) => ready(access(word, AccessKind::Store)),
            Op::FetchAdd(_, word, _) | Op::Swap(_, word, _) | Op::CompareExchange(_, word, ..) => {
                ready(access(word, AccessKind::Update))
            }
            Op::Lock(lock) if self.locks.contains_key(&lock) => None,
            Op::Lock(lock) | Op::Unlock(lock) => ready(call(vec![place(LOCKS, lock)])),
            Op::Send(pipe, _) if self.held(pipe) == CAPACITY => None,
            Op::Receive(_, pipe) if self.held(pipe) == 0 => None,
            Op::Send(pipe, _) | Op::Receive(_, pipe) => ready(call(vec![place(PIPES, pipe)])),
            Op::Wait(_) | Op::WaitAny => {
                let waited_for = self.waited_for(task);
                let any = waited_for.iter().any(|child| self.task(*child).ended);
                if any { ready(call(waited_for.iter().map(|child| self.end(*child)).collect())) } else { None }
            }
            Op::Print(_) => ready(call(vec![place(OUTPUT, 0)])),
            Op::Exit(_) => ready(call(vec![self.end(id)])),
            Op::Yield | Op::Sleep(_) | Op::Spawn(_) | Op::Fence => ready(call(Vec::new())),
            Op::Midway(_) => unreachable!("taken off"),
            Op::Set(..) | Op::Add(..) | Op::Subtract(..) | Op::JumpIf(..) | Op::JumpUnless(..) | Op::Jump(_) => {
                unreachable!("private instructions are done before a task is looked at")
            }
        }
    }

    /// What the buffer of a task could do.
    fn flushes(&self, id: TaskId) -> Option<Ready> {
        let oldest = self.task(id).buffer.front()?;
        let next = Pending::Flush { location: memory(oldest.word), size: 8 };
        Some(Ready { task: id.buffer(), code: oldest.code, next, faults: Vec::new(), midway: false, stalls: false })
    }

    /// How what a task is about to do can fail.
    fn faults(&self, id: TaskId) -> Vec<Fault> {
        let task = self.task(id);
        if !task.begun || task.asleep.is_some() || task.offers {
            return Vec::new();
        }
        let mut faults = match self.op(task) {
            Op::Receive(..) => vec![Fault::ShortRead, Fault::Interrupted],
            Op::Spawn(_) => vec![Fault::NoMoreProcesses],
            _ => Vec::new(),
        };
        if id != TaskId::FIRST {
            faults.push(Fault::Killed);
        }
        faults.retain(|fault| self.scope.faults.contains(*fault));
        faults
    }

    /// How many numbers a pipe holds.
    fn held(&self, pipe: u64) -> usize {
        self.pipes.get(&pipe).map_or(0, VecDeque::len)
    }

    fn stuck(&self, id: TaskId) -> Option<Stuck> {
        let task = self.task(id);
        let wait = match self.op(task) {
            _ if task.ended => return None,
            Op::Lock(lock) => Wait::Futex {
                location: place(LOCKS, lock),
                holder: self.locks.get(&lock).copied().filter(|h| *h != id),
            },
            Op::Park(word) => Wait::Futex { location: memory(word), holder: None },
            Op::Wait(_) | Op::WaitAny => Wait::Child(self.waited_for(task)),
            Op::Send(pipe, _) => Wait::Writable { object: ObjectId(pipe), holders: Vec::new() },
            Op::Receive(_, pipe) => Wait::Readable { object: ObjectId(pipe), holders: Vec::new() },
            op => unreachable!("{op:?} never waits"),
        };
        Some(Stuck { task: id, wait, frames: Vec::new() })
    }

    fn unmade(&self, id: TaskId) -> Option<Unmade> {
        let task = self.task(id);
        let place = match self.op(task) {
            _ if task.ended => return None,
            Op::Lock(lock) => place(LOCKS, lock),
            Op::Park(word) => memory(word),
            Op::Send(pipe, _) | Op::Receive(_, pipe) => place(PIPES, pipe),
            _ => return None,
        };
        Some(Unmade { task: id, places: vec![place] })
    }

    fn waited_for(&self, task: &Task) -> Vec<TaskId> {
        let children = task.children.iter().copied();
        match self.op(task) {
            Op::Wait(child) => children.skip(child).take(1).collect(),
            _ => children.filter(|child| !task.waited.contains(child)).collect(),
        }
    }

    fn end(&self, id: TaskId) -> Location {
        place(ObjectId(self.task(id).name), 0)
    }

    /// The visible instruction at which the task stands, and the private ones after it.
    fn step(&mut self, id: TaskId) {
        let index = id.0 as usize;
        let task = &mut self.tasks[index];
        if !task.begun {
            task.begun = true;
        } else if let Some(at) = task.asleep.take() {
            self.now = self.now.max(at);
        } else if task.offers {
            task.offers = false;
        } else {
            self.visible(id);
        }
        while self.private(index) {}
    }

    /// The step of a task, which fails.
    fn fail(&mut self, id: TaskId, fault: Fault) {
        self.drain(id);
        let index = id.0 as usize;
        let op = self.op(&self.tasks[index]);
        let code = self.code(index);
        let (call, touched) = match (fault, op) {
            (Fault::Killed, _) => {
                self.tasks[index].ended = true;
                (Call::End(TaskEnd::Signal(9)), vec![Touch::Write(self.end(id))])
            }
            (Fault::NoMoreProcesses, _) => (Call::Other { name: "fork" }, Vec::new()),
            (Fault::Interrupted, Op::Receive(register, pipe)) => {
                self.tasks[index].registers[register] = -1;
                (Call::Other { name: "read" }, vec![Touch::Read(place(PIPES, pipe))])
            }
            (Fault::ShortRead, Op::Receive(register, pipe)) => {
                let number = self.pipes.get_mut(&pipe).and_then(VecDeque::pop_front).expect("it is not empty");
                self.tasks[index].registers[register] = number / 2;
                (Call::Other { name: "read" }, vec![Touch::Write(place(PIPES, pipe))])
            }
            (Fault::Interrupted | Fault::ShortRead, op) => unreachable!("{op:?} never fails like that"),
        };
        self.tasks[index].at += 1;
        self.steps.push(Step { task: id, code, frames: Vec::new(), action: Action::Call(call), touched });
        while self.private(index) {}
    }

    fn code(&self, index: usize) -> CodeAddress {
        let task = &self.tasks[index];
        CodeAddress((task.script * 1000 + task.at) as u64)
    }

    /// The store at which a task stands goes into its buffer.
    fn delay(&mut self, id: TaskId) {
        let index = id.0 as usize;
        let code = self.code(index);
        let task = &mut self.tasks[index];
        let Some(&Op::Store(word, register, number)) = self.program.0[task.script].get(task.at) else {
            panic!("only stores are delayed");
        };
        let number = task.registers[register] + number;
        task.buffer.push_back(Delayed { word, number, code });
        task.at += 1;
    }

    /// The oldest delayed store of a task comes to memory.
    fn flush(&mut self, id: TaskId) {
        let oldest = self.tasks[id.0 as usize].buffer.pop_front();
        let Delayed { word, number, code } = oldest.expect("the buffer holds a store");
        let before = self.value(word);
        self.memory.insert(word, number);
        let (action, touched) = accessed(word, AccessKind::Store, before, number);
        self.steps.push(Step { task: id, code, frames: Vec::new(), action, touched });
    }

    fn drain(&mut self, id: TaskId) {
        while !self.task(id).buffer.is_empty() {
            self.flush(id);
        }
    }

    /// Whether the word is used without anybody being asked.
    fn unwatched(&mut self, index: usize, word: u64) -> bool {
        let Watch::Learned(watched) = &mut self.watch else { return false };
        if watched.words.contains(&word) {
            return false;
        }
        if *watched.users.entry(word).or_insert(index) == index {
            return true;
        }
        watched.words.insert(word);
        self.rehearsal = true;
        false
    }

    fn private(&mut self, index: usize) -> bool {
        let task = &self.tasks[index];
        if task.ended {
            return false;
        }
        let op = self.op(task);
        let word = match op {
            Op::Load(_, word)
            | Op::Peek(_, word)
            | Op::Store(word, ..)
            | Op::FetchAdd(_, word, _)
            | Op::Swap(_, word, _)
            | Op::CompareExchange(_, word, ..) => Some(word),
            _ => None,
        };
        if word.is_some_and(|word| self.unwatched(index, word)) {
            self.visible(TaskId(index as u32));
            self.steps.pop();
            return true;
        }
        if matches!(op, Op::Fence) && self.tasks[index].buffer.is_empty() {
            self.tasks[index].at += 1;
            return true;
        }
        let task = &mut self.tasks[index];
        let registers = &mut task.registers;
        let mut next = 1;
        match op {
            Op::Set(register, number) => registers[register] = number,
            Op::Add(register, number) => registers[register] += number,
            Op::Subtract(register, other) => registers[register] -= registers[other],
            Op::JumpIf(register, number, by) if registers[register] == number => next = by,
            Op::JumpUnless(register, number, by) if registers[register] != number => next = by,
            Op::JumpIf(..) | Op::JumpUnless(..) => {}
            Op::Jump(by) => next = by,
            _ => return false,
        }
        task.at = task.at.checked_add_signed(next).expect("jumps stay in the script");
        true
    }

    fn visible(&mut self, id: TaskId) {
        let index = id.0 as usize;
        let op = self.op(&self.tasks[index]);
        let registers = self.tasks[index].registers;
        let done = |call, touched| (Action::Call(call), touched);
        match op {
            Op::Load(..) | Op::Peek(..) => {}
            Op::Store(..) if self.tasks[index].buffer.is_empty() => {}
            Op::Store(..) => return self.delay(id),
            _ => self.drain(id),
        }
        let (action, touched) = match op {
            Op::Load(register, word) | Op::Peek(register, word) => {
                let own = self.tasks[index].buffer.iter().rfind(|delayed| delayed.word == word);
                let own = own.map(|delayed| delayed.number);
                let value = own.unwrap_or_else(|| self.value(word));
                self.tasks[index].registers[register] = value;
                let (action, touched) = accessed(word, AccessKind::Load, value, value);
                (action, if own.is_some() { Vec::new() } else { touched })
            }
            Op::Fence => {
                self.tasks[index].at += 1;
                return;
            }
            Op::Send(pipe, register) => {
                self.pipes.entry(pipe).or_default().push_back(registers[register]);
                done(Call::Send { object: place(PIPES, pipe).object, bytes: 8 }, vec![Touch::Write(place(PIPES, pipe))])
            }
            Op::Receive(register, pipe) => {
                let number = self.pipes.get_mut(&pipe).and_then(VecDeque::pop_front).expect("it is not empty");
                self.tasks[index].registers[register] = number;
                done(Call::Other { name: "read" }, vec![Touch::Write(place(PIPES, pipe))])
            }
            Op::Store(word, register, number) => {
                let (before, after) = (self.value(word), registers[register] + number);
                self.memory.insert(word, after);
                accessed(word, AccessKind::Store, before, after)
            }
            Op::FetchAdd(register, word, number) => self.update(index, register, word, |value| value + number),
            Op::Swap(register, word, number) => self.update(index, register, word, |_| number),
            Op::CompareExchange(register, word, from, to) => {
                self.update(index, register, word, |value| if value == from { to } else { value })
            }
            Op::Lock(lock) => {
                self.locks.insert(lock, id);
                done(Call::Other { name: "lock" }, vec![Touch::Write(place(LOCKS, lock))])
            }
            Op::Unlock(lock) => {
                self.locks.remove(&lock);
                done(Call::Other { name: "unlock" }, vec![Touch::Write(place(LOCKS, lock))])
            }
            Op::Yield => {
                self.tasks[index].offers = true;
                done(Call::Yield, Vec::new())
            }
            Op::Sleep(nanoseconds) => {
                self.tasks[index].asleep = Some(self.now + nanoseconds);
                done(Call::Sleep { nanoseconds }, Vec::new())
            }
            Op::Spawn(script) => {
                let child = TaskId(self.tasks.len() as u32);
                let parent = &mut self.tasks[index];
                parent.children.push(child);
                let mut hasher = DefaultHasher::new();
                (parent.name, parent.made).hash(&mut hasher);
                parent.made += 1;
                self.tasks.push(Task::new(script, hasher.finish()));
                done(Call::Start { child, kind: TaskKind::Process }, Vec::new())
            }
            Op::Wait(_) | Op::WaitAny => {
                let waited_for = self.waited_for(&self.tasks[index]);
                let ended = waited_for.iter().copied().find(|child| self.task(*child).ended);
                let child = ended.expect("somebody has ended");
                self.tasks[index].waited.push(child);
                // Which child it is depends on which others have not ended.
                let others = waited_for.iter().filter(|other| **other != child);
                let mut touched: Vec<Touch> = others.map(|other| Touch::Read(self.end(*other))).collect();
                touched.push(Touch::Write(self.end(child)));
                done(Call::Reap { child }, touched)
            }
            Op::Print(register) => {
                let bytes = format!("{}\n", registers[register]).into_bytes();
                done(Call::Print { stream: Stream::Out, bytes }, vec![Touch::Write(place(OUTPUT, 0))])
            }
            Op::Exit(code) => {
                self.tasks[index].ended = true;
                done(Call::End(TaskEnd::Exit(code)), vec![Touch::Write(self.end(id))])
            }
            Op::Park(word) => done(Call::Other { name: "futex" }, vec![Touch::Read(memory(word))]),
            Op::Midway(_) => unreachable!("taken off"),
            Op::Set(..) | Op::Add(..) | Op::Subtract(..) | Op::JumpIf(..) | Op::JumpUnless(..) | Op::Jump(_) => {
                unreachable!("not visible")
            }
        };
        let task = &mut self.tasks[index];
        let code = CodeAddress((task.script * 1000 + task.at) as u64);
        task.at += 1;
        self.steps.push(Step { task: id, code, frames: Vec::new(), action, touched });
    }

    fn value(&self, word: u64) -> i64 {
        self.memory.get(&word).copied().unwrap_or_default()
    }

    fn update(
        &mut self,
        index: usize,
        register: usize,
        word: u64,
        change: impl FnOnce(i64) -> i64,
    ) -> (Action, Vec<Touch>) {
        let before = self.value(word);
        let after = change(before);
        self.memory.insert(word, after);
        self.tasks[index].registers[register] = before;
        accessed(word, AccessKind::Update, before, after)
    }
}

fn place(object: ObjectId, word: u64) -> Location {
    Location { object, word }
}

fn memory(word: u64) -> Location {
    place(MEMORY, word)
}

fn accessed(word: u64, kind: AccessKind, before: i64, after: i64) -> (Action, Vec<Touch>) {
    let bytes = |value: i64| u128::from(value as u64);
    let location = memory(word);
    let access = Access { location, offset: word * 8, size: 8, kind, before: bytes(before), after: bytes(after) };
    let touch = match kind {
        AccessKind::Load => Touch::Read(location),
        AccessKind::Store | AccessKind::Update | AccessKind::Exchange => Touch::Write(location),
    };
    (Action::Access(access), vec![touch])
}
