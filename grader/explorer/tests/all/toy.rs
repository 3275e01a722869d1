//! Made-up programs: a few instructions, run one at a time under a scheduler, so that the
//! whole search can be tested without a process.
//!
//! Task 0 runs script 0; `Spawn` makes a child that runs another script. Registers are a
//! task's own, words of memory are everybody's.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use explorer::{
    Access, AccessKind, Action, Call, ChoicePoint, CodeAddress, Decision, Ending, Execution, Limit, Location, ObjectId,
    Pending, Ready, Scheduler, Step, Stream, Stuck, TaskEnd, TaskId, TaskKind, Touch, Wait,
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

const MEMORY: ObjectId = ObjectId(1);
const LOCKS: ObjectId = ObjectId(2);
const OUTPUT: ObjectId = ObjectId(3);
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
    /// The same in every execution with the same history.
    name: u64,
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
    now: u64,
    steps: Vec<Step>,
}

/// Runs a program once.
pub fn run(program: &Program, scheduler: &mut dyn Scheduler) -> Execution {
    let mut machine = Machine {
        program,
        tasks: vec![Task::new(0, 0)],
        memory: BTreeMap::new(),
        locks: BTreeMap::new(),
        now: 0,
        steps: Vec::new(),
    };
    let ending = machine.run(scheduler);
    Execution {
        steps: machine.steps,
        ending,
        leftovers: Vec::new(),
        unmodelled: Vec::new(),
        forbidden: Vec::new(),
        sliced: false,
        rehearsal: false,
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
            if self.tasks.iter().all(|task| task.ended) {
                return Ending::Ended;
            }
            if self.steps.len() >= STEPS {
                return Ending::Limit(Limit::Steps(STEPS as u64));
            }
            let ready: Vec<Ready> = self.ids().filter_map(|id| self.ready(id)).collect();
            if ready.is_empty() {
                return Ending::Deadlock(self.ids().filter_map(|id| self.stuck(id)).collect());
            }
            let current = last.filter(|last| ready.iter().any(|ready| ready.task == *last));
            let decision = scheduler.choose(&ChoicePoint { current, ready: &ready });
            let Decision::Run(task) = decision else {
                return Ending::Abandoned;
            };
            assert!(ready.iter().any(|ready| ready.task == task), "the scheduler chose a task that is not ready");
            let before = self.steps.len();
            self.step(task);
            for step in &self.steps[before..] {
                scheduler.observe(step);
            }
            last = Some(task);
        }
    }

    fn ids(&self) -> impl Iterator<Item = TaskId> + use<> {
        (0..self.tasks.len() as u32).map(TaskId)
    }

    fn task(&self, id: TaskId) -> &Task {
        &self.tasks[id.0 as usize]
    }

    fn op(&self, task: &Task) -> Op {
        self.program.0[task.script].get(task.at).cloned().unwrap_or(Op::Exit(0))
    }

    fn ready(&self, id: TaskId) -> Option<Ready> {
        let task = self.task(id);
        if task.ended {
            return None;
        }
        let code = CodeAddress((task.script * 1000 + task.at) as u64);
        let ready = |next| Some(Ready { task: id, code, next });
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
            Op::Load(_, word) => ready(access(word, AccessKind::Load)),
            Op::Store(word, ..) => ready(access(word, AccessKind::Store)),
            Op::FetchAdd(_, word, _) | Op::Swap(_, word, _) | Op::CompareExchange(_, word, ..) => {
                ready(access(word, AccessKind::Update))
            }
            Op::Lock(lock) if self.locks.contains_key(&lock) => None,
            Op::Lock(lock) | Op::Unlock(lock) => ready(call(vec![place(LOCKS, lock)])),
            Op::Wait(_) | Op::WaitAny => {
                let waited_for = self.waited_for(task);
                let any = waited_for.iter().any(|child| self.task(*child).ended);
                if any { ready(call(waited_for.iter().map(|child| self.end(*child)).collect())) } else { None }
            }
            Op::Print(_) => ready(call(vec![place(OUTPUT, 0)])),
            Op::Exit(_) => ready(call(vec![self.end(id)])),
            Op::Yield | Op::Sleep(_) | Op::Spawn(_) => ready(call(Vec::new())),
            Op::Set(..) | Op::Add(..) | Op::Subtract(..) | Op::JumpIf(..) | Op::JumpUnless(..) | Op::Jump(_) => {
                unreachable!("private instructions are done before a task is looked at")
            }
        }
    }

    fn stuck(&self, id: TaskId) -> Option<Stuck> {
        let task = self.task(id);
        let wait = match self.op(task) {
            _ if task.ended => return None,
            Op::Lock(lock) => Wait::Futex {
                location: place(LOCKS, lock),
                holder: self.locks.get(&lock).copied().filter(|h| *h != id),
            },
            Op::Wait(_) | Op::WaitAny => Wait::Child(self.waited_for(task)),
            op => unreachable!("{op:?} never waits"),
        };
        Some(Stuck { task: id, wait, frames: Vec::new() })
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

    fn private(&mut self, index: usize) -> bool {
        let task = &self.tasks[index];
        if task.ended {
            return false;
        }
        let op = self.op(task);
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
        let (action, touched) = match op {
            Op::Load(register, word) => {
                let value = self.value(word);
                self.tasks[index].registers[register] = value;
                accessed(word, AccessKind::Load, value, value)
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
