//! How many bytes went from which process to which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use explorer::{AccessKind, Action, Call, Execution, Location, Touch};

use super::memory::Use;
use super::rule::{Channel, Party};
use super::tasks::{Process, Tasks};

/// A word of shared memory that was read after another process wrote it.
const WORD: u64 = 8;
/// What is read from a file that another process wrote is not counted byte by byte: it is
/// taken to be enough, so that nobody is told of too little.
const FILE: u64 = 1 << 40;

/// Bytes by sender and receiver.
pub(super) type Flows = BTreeMap<(Process, Process), u64>;

/// What went through `through`.
pub(super) fn flows(execution: &Execution, tasks: &Tasks, uses: &[Use], through: Channel) -> Flows {
    let mut flows = Flows::new();
    kernel(execution, tasks, &mut flows);
    match through {
        Channel::Kernel => {}
        Channel::Anything => {
            memory(uses, &mut flows);
            files(execution, tasks, &mut flows);
        }
    }
    flows
}

fn add(flows: &mut Flows, from: Process, to: Process, bytes: u64) {
    if from != to {
        let sum = flows.entry((from, to)).or_insert(0);
        *sum = sum.saturating_add(bytes);
    }
}

fn kernel(execution: &Execution, tasks: &Tasks, flows: &mut Flows) {
    // who wrote the words of files last
    let mut writers: HashMap<Location, Process> = HashMap::new();
    for step in &execution.steps {
        let by = tasks.process(step.task);
        match &step.action {
            Action::Call(Call::Receive { from, .. }) => {
                for (sender, bytes) in from {
                    add(flows, tasks.process(*sender), by, *bytes);
                }
            }
            Action::Call(Call::File(access)) => {
                for touch in &step.touched {
                    let (Touch::Read(place) | Touch::Write(place)) = *touch;
                    match access.kind {
                        AccessKind::Load => {
                            if let Some(writer) = writers.get(&place) {
                                add(flows, *writer, by, WORD);
                            }
                        }
                        AccessKind::Store | AccessKind::Update | AccessKind::Exchange => {
                            writers.insert(place, by);
                        }
                    }
                }
            }
            Action::Call(_) | Action::Access(_) => {}
        }
    }
}

fn memory(uses: &[Use], flows: &mut Flows) {
    // The last writer of each word, and who has read it since: reading it again brings nothing.
    let mut words: HashMap<Location, (Process, BTreeSet<Process>)> = HashMap::new();
    for one in uses {
        for word in &one.words {
            if one.reads()
                && let Some((writer, readers)) = words.get_mut(word)
                && readers.insert(one.by)
            {
                add(flows, *writer, one.by, WORD);
            }
            if one.writes() {
                words.insert(*word, (one.by, BTreeSet::new()));
            }
        }
    }
}

fn files(execution: &Execution, tasks: &Tasks, flows: &mut Flows) {
    let mut writers: HashMap<Location, Process> = HashMap::new();
    for step in &execution.steps {
        let Action::Call(Call::Other { name }) = &step.action else {
            continue;
        };
        let by = tasks.process(step.task);
        for touch in &step.touched {
            match (*name, touch) {
                ("write" | "pwrite64" | "writev" | "pwritev" | "pwritev2", Touch::Write(place)) => {
                    writers.insert(*place, by);
                }
                // Reading moves the file's position, so it can count as a change of the file.
                (
                    "read" | "pread64" | "readv" | "preadv" | "preadv2" | "mmap",
                    Touch::Read(place) | Touch::Write(place),
                ) => {
                    if let Some(writer) = writers.get(place) {
                        add(flows, *writer, by, FILE);
                    }
                }
                (_, Touch::Read(_) | Touch::Write(_)) => {}
            }
        }
    }
}

impl Party {
    /// Whether a process is one of them.
    pub(super) fn has(self, process: Process) -> bool {
        match self {
            Party::Parent => process == Process::FIRST,
            Party::Children => process != Process::FIRST,
            Party::Anyone => true,
        }
    }
}

/// The bytes that went from these to those.
pub(super) fn bytes(flows: &Flows, from: Party, to: Party) -> u64 {
    let counted = flows.iter().filter(|((sender, receiver), _)| from.has(*sender) && to.has(*receiver));
    counted.fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
}

/// The children that got anything from these.
pub(super) fn receivers(flows: &Flows, from: Party) -> u64 {
    let received = flows
        .iter()
        .filter(|((sender, receiver), bytes)| from.has(*sender) && Party::Children.has(*receiver) && **bytes > 0);
    received.map(|((_, receiver), _)| *receiver).collect::<BTreeSet<_>>().len() as u64
}
