//! Where in its code a program decides by what it has read: places after which it goes on
//! differently for different values. Learnt from executions; never guessed from code.

use std::collections::{HashMap, HashSet};

use crate::{AccessKind, Action, CodeAddress, Execution, Step, TaskId};

/// What tasks did next after they had read a value at a place in the code.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    next: HashMap<CodeAddress, HashMap<u128, HashSet<Next>>>,
}

/// The next step of a task, or its having none.
type Next = Option<CodeAddress>;

impl Decisions {
    /// Learns from executions of one program.
    pub(crate) fn of(executions: &[&Execution]) -> Decisions {
        let mut decisions = Decisions::default();
        for execution in executions {
            // Backwards, each step knows what its task did next.
            let mut next: HashMap<TaskId, CodeAddress> = HashMap::new();
            for step in execution.steps.iter().rev() {
                let followed = next.insert(step.task, step.code);
                if let Some(value) = looked(step) {
                    decisions.next.entry(step.code).or_default().entry(value).or_default().insert(followed);
                }
            }
        }
        decisions
    }

    /// Whether a task that had read `value` at `code`, instead of `other`, went on differently:
    /// both were seen, and never the same next step after them.
    pub(crate) fn differ(&self, code: CodeAddress, value: u128, other: u128) -> bool {
        let Some(values) = self.next.get(&code) else { return false };
        match (values.get(&value), values.get(&other)) {
            (Some(one), Some(other)) => one.is_disjoint(other),
            (_, _) => false,
        }
    }

    /// Whether anything is decided there.
    pub(crate) fn decides(&self, code: CodeAddress) -> bool {
        let Some(values) = self.next.get(&code) else { return false };
        let mut sets = values.values();
        let Some(first) = sets.next() else { return false };
        sets.any(|next| next.is_disjoint(first))
    }
}

/// What a step read and left as it was.
pub(crate) fn looked(step: &Step) -> Option<u128> {
    match &step.action {
        Action::Access(access) if access.kind == AccessKind::Load => Some(access.after),
        Action::Access(_) | Action::Call(_) => None,
    }
}
