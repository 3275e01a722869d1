//! Which places of memory tasks use to take turns, so that what happens there explains nothing
//! by itself.

use std::collections::{HashMap, HashSet};

use crate::{AccessKind, Action, Call, Location, ObjectId, Step};

/// Places that are left out of account.
#[derive(Debug, Default)]
pub(crate) struct Places {
    skipped: HashSet<Location>,
}

impl Places {
    /// Leaves out what looks like a lock: places that some instruction reads and writes at
    /// once, on which tasks sleep, or that come back to their first value time and again.
    pub(crate) fn without_locks(steps: &[Step]) -> Places {
        let mut skipped = HashSet::new();
        // What was there at first, and how often it came back.
        let mut first: HashMap<(ObjectId, u64, u32), (u128, u32)> = HashMap::new();
        for step in steps {
            match &step.action {
                Action::Access(access) => {
                    if access.kind == AccessKind::Update {
                        skipped.insert(access.location);
                    }
                    let range = (access.location.object, access.offset, access.size);
                    let (value, returns) = first.entry(range).or_insert((access.before, 0));
                    if access.changed() && access.after == *value {
                        *returns += 1;
                        if *returns > 1 {
                            skipped.insert(access.location);
                        }
                    }
                }
                Action::Call(Call::FutexWait { location } | Call::FutexWake { location, .. }) => {
                    skipped.insert(*location);
                }
                Action::Call(_) => {}
            }
        }
        Places { skipped }
    }

    /// Whether a place is left out.
    pub(crate) fn skips(&self, place: Location) -> bool {
        self.skipped.contains(&place)
    }
}
