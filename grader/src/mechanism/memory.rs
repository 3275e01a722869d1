//! Who read and wrote which shared words.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use explorer::{Access, AccessKind, Action, Call, Execution, Location, ObjectId, Touch};

use super::tasks::{Process, Tasks};

/// One use of shared memory, by an instruction or by the kernel for a task.
pub(super) struct Use {
    pub(super) by: Process,
    pub(super) at: usize,
    pub(super) kind: AccessKind,
    /// The 8-byte words touched.
    pub(super) words: Vec<Location>,
    /// The first byte of each part of at most 8 bytes that is another than before.
    pub(super) changed: Vec<(ObjectId, u64)>,
}

/// Everything done to shared memory, in order.
pub(super) fn uses(execution: &Execution, tasks: &Tasks) -> Vec<Use> {
    let accesses = execution.steps.iter().filter_map(|step| match &step.action {
        Action::Access(access) => Some(access.location.object),
        Action::Call(_) => None,
    });
    let memory: HashSet<ObjectId> = accesses.collect();
    let mut uses = Vec::new();
    for (at, step) in execution.steps.iter().enumerate() {
        let by = tasks.process(step.task);
        match &step.action {
            Action::Access(access) => {
                uses.push(Use { by, at, kind: access.kind, words: words(access), changed: changed(access) });
            }
            // Waiting and waking use the word, and give nothing from one to the other.
            Action::Call(Call::FutexWait { .. } | Call::FutexWake { .. }) => {}
            Action::Call(_) => {
                for touch in &step.touched {
                    let (kind, word) = match touch {
                        Touch::Read(word) => (AccessKind::Load, *word),
                        Touch::Write(word) => (AccessKind::Store, *word),
                    };
                    if memory.contains(&word.object) && word.word != Location::WHOLE {
                        let changed = match kind {
                            AccessKind::Load => Vec::new(),
                            AccessKind::Store | AccessKind::Update | AccessKind::Exchange => {
                                vec![(word.object, word.word * 8)]
                            }
                        };
                        uses.push(Use { by, at, kind, words: vec![word], changed });
                    }
                }
            }
        }
    }
    uses
}

impl Use {
    pub(super) fn reads(&self) -> bool {
        match self.kind {
            AccessKind::Load | AccessKind::Update | AccessKind::Exchange => true,
            AccessKind::Store => false,
        }
    }

    pub(super) fn writes(&self) -> bool {
        match self.kind {
            AccessKind::Store | AccessKind::Update | AccessKind::Exchange => true,
            AccessKind::Load => false,
        }
    }
}

fn words(access: &Access) -> Vec<Location> {
    let last = (access.offset + u64::from(access.size.max(1)) - 1) / 8;
    (access.offset / 8..=last).map(|word| Location { object: access.location.object, word }).collect()
}

fn changed(access: &Access) -> Vec<(ObjectId, u64)> {
    let parts = (0..access.size).step_by(8).filter(|part| {
        // Of a wide access only the first 16 bytes are known: the rest counts as changed.
        let part_of = |bytes: u128| (bytes >> (part * 8)) as u64;
        *part >= 16 || part_of(access.before) != part_of(access.after)
    });
    parts.map(|part| (access.location.object, access.offset + u64::from(part))).collect()
}

/// How often each child changed shared memory.
pub(super) fn changes_by_children(uses: &[Use]) -> BTreeMap<Process, u64> {
    count(uses.iter().filter(|one| !one.changed.is_empty()))
}

/// How often each child read shared memory.
pub(super) fn reads_by_children(uses: &[Use]) -> BTreeMap<Process, u64> {
    count(uses.iter().filter(|one| one.reads()))
}

fn count<'a>(uses: impl Iterator<Item = &'a Use>) -> BTreeMap<Process, u64> {
    let mut counts = BTreeMap::new();
    for one in uses.filter(|one| one.by != Process::FIRST) {
        *counts.entry(one.by).or_insert(0) += 1;
    }
    counts
}

/// Words that children wrote, and the first process did not after the step `since`.
pub(super) fn words_by_children(uses: &[Use], since: usize) -> u64 {
    let (mut by_children, mut by_first) = (BTreeSet::<&Location>::new(), BTreeSet::new());
    for one in uses.iter().filter(|one| one.writes()) {
        if one.by != Process::FIRST {
            by_children.extend(&one.words);
        } else if one.at > since {
            by_first.extend(&one.words);
        }
    }
    by_children.difference(&by_first).count() as u64
}

/// How often children changed each place.
pub(super) fn changes_of_places(uses: &[Use]) -> Vec<u64> {
    let mut counts: BTreeMap<(ObjectId, u64), u64> = BTreeMap::new();
    for one in uses.iter().filter(|one| one.by != Process::FIRST) {
        for place in &one.changed {
            *counts.entry(*place).or_insert(0) += 1;
        }
    }
    counts.into_values().collect()
}

/// Words that more than one process used.
pub(super) fn shared_words(uses: &[Use]) -> u64 {
    let mut users: BTreeMap<Location, BTreeSet<Process>> = BTreeMap::new();
    for one in uses {
        for word in &one.words {
            users.entry(*word).or_default().insert(one.by);
        }
    }
    users.values().filter(|users| users.len() > 1).count() as u64
}
