//! Where in its code a program decides by what it has read: places after which it goes on
//! differently for different values. Learnt from executions; never guessed from code.

use std::collections::{HashMap, HashSet};

use crate::{AccessKind, Action, Call, CodeAddress, Execution, Step, TaskId, Touch};

/// What tasks did next after they had read a value at a place in the code.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    next: HashMap<CodeAddress, HashMap<u128, HashSet<Next>>>,
    /// The same after calls that only look: what they find is not known.
    after_calls: HashMap<CodeAddress, HashSet<Next>>,
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
                } else if looks_by_call(step) {
                    decisions.after_calls.entry(step.code).or_default().insert(followed);
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

    /// Whether tasks went on differently after a call that only looks.
    pub(crate) fn decides_by_call(&self, code: CodeAddress) -> bool {
        self.after_calls.get(&code).is_some_and(|next| next.len() > 1)
    }

    /// Whether anything is decided there.
    pub(crate) fn decides(&self, code: CodeAddress) -> bool {
        let Some(values) = self.next.get(&code) else { return false };
        let mut sets = values.values();
        let Some(first) = sets.next() else { return false };
        sets.any(|next| next.is_disjoint(first))
    }
}

/// Whether a step is a call that looks at something others can change, and changes nothing.
pub(crate) fn looks_by_call(step: &Step) -> bool {
    let is_call = matches!(step.action, Action::Call(Call::Other { .. }));
    is_call && !step.touched.is_empty() && step.touched.iter().all(|touch| matches!(touch, Touch::Read(_)))
}

/// What a step read and left as it was.
pub(crate) fn looked(step: &Step) -> Option<u128> {
    step.action.data().filter(|access| access.kind == AccessKind::Load).map(|access| access.after)
}
