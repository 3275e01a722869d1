//! When the bytes of shared memory changed in an execution. Knows nothing of who looked at them.

use std::collections::HashMap;

use crate::{Access, AccessKind, Action, Location, ObjectId, Step, TaskId, Touch};

/// One byte of a shared object.
pub(crate) type Byte = (ObjectId, u64);

/// The bytes of an access, as far as they are told apart.
const MOST: u64 = 64;

/// For each byte the steps that changed it.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    steps: HashMap<Byte, Vec<usize>>,
}

impl Changes {
    /// Those of an execution.
    pub(crate) fn of(steps: &[Step]) -> Changes {
        let mut changes = Changes::default();
        for (index, step) in steps.iter().enumerate() {
            match &step.action {
                Action::Access(access) => {
                    for byte in bytes(access).filter(|byte| changes_byte(access, *byte)) {
                        changes.add(byte, index);
                    }
                }
                Action::Call(_) => {
                    let written = step.touched.iter().filter_map(|touch| match touch {
                        Touch::Write(place) if place.word != Location::WHOLE => Some(*place),
                        Touch::Write(_) | Touch::Read(_) => None,
                    });
                    for place in written {
                        for offset in 0..8 {
                            changes.add((place.object, place.word.saturating_mul(8).saturating_add(offset)), index);
                        }
                    }
                }
            }
        }
        changes
    }

    fn add(&mut self, byte: Byte, index: usize) {
        self.steps.entry(byte).or_default().push(index);
    }

    /// The last step before `index` that changed the byte.
    pub(crate) fn before(&self, byte: Byte, index: usize) -> Option<usize> {
        let steps = self.steps.get(&byte)?;
        steps[..steps.partition_point(|step| *step < index)].last().copied()
    }

    /// The first step after `index` that changed the byte.
    pub(crate) fn after(&self, byte: Byte, index: usize) -> Option<usize> {
        let steps = self.steps.get(&byte)?;
        steps.get(steps.partition_point(|step| *step <= index)).copied()
    }

    /// The last change of any of these bytes between two steps, by another task than `task`.
    pub(crate) fn between(
        &self,
        access: &Access,
        from: usize,
        until: usize,
        steps: &[Step],
        task: TaskId,
    ) -> Option<usize> {
        let last = bytes(access).filter_map(|byte| self.before(byte, until)).max()?;
        (last > from && steps.get(last).is_some_and(|step| step.task != task)).then_some(last)
    }
}

/// The bytes that an access touches.
pub(crate) fn bytes(access: &Access) -> impl Iterator<Item = Byte> + use<> {
    let (object, offset) = (access.location.object, access.offset);
    (0..u64::from(access.size).min(MOST)).map(move |index| (object, offset.saturating_add(index)))
}

/// Whether two accesses have a byte in common.
pub(crate) fn overlap(one: &Access, other: &Access) -> bool {
    one.location.object == other.location.object
        && one.offset < other.offset.saturating_add(other.size.into())
        && other.offset < one.offset.saturating_add(one.size.into())
}

/// Whether an access leaves another value in a byte than it found there.
fn changes_byte(access: &Access, (_, offset): Byte) -> bool {
    if access.kind == AccessKind::Load {
        return false;
    }
    let index = usize::try_from(offset.saturating_sub(access.offset)).unwrap_or(usize::MAX);
    match (access.before.to_le_bytes().get(index), access.after.to_le_bytes().get(index)) {
        (Some(before), Some(after)) => before != after,
        // Of a larger access only the first bytes are known.
        (_, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{load, store};

    #[test]
    fn a_byte_changes_where_another_value_is_written() {
        let steps = [store(1, 0, 0, 1), load(2, 0, 1), store(1, 0, 1, 1), store(1, 0, 1, 2)];
        let changes = Changes::of(&steps);
        let byte = (ObjectId(1), 0);
        assert_eq!(changes.before(byte, 0), None);
        assert_eq!(changes.before(byte, 3), Some(0));
        assert_eq!(changes.after(byte, 0), Some(3));
        // Only the first byte of the word holds another value.
        assert_eq!(changes.before((ObjectId(1), 1), 4), None);
    }
}
