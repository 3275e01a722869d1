//! The states that have been met, as far as the search needs them: what could follow there
//! has been tried or is on the list.

use std::collections::HashMap;

use crate::digest::Digest;

/// Whether schedules are left out that cannot show anything new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pruning {
    /// Yes. An execution is given up where its steps so far have the same happens-before graph
    /// as those of an earlier one, and tasks are switched only before what others compete for.
    HappensBefore,
    /// No: each choice is made at each point. For tests and for measuring.
    Off,
}

/// What is known of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// It has not been met, or with more preemptions only: from here, less far was looked.
    New,
    /// An earlier execution came here, with as many preemptions or fewer.
    Known,
}

/// More states than this are not remembered; some executions are then made in vain.
const MOST: usize = 1 << 20;

/// The states met so far.
#[derive(Debug, Default)]
pub(crate) struct Visited {
    states: HashMap<Digest, Met>,
}

#[derive(Clone, Copy, Debug)]
struct Met {
    preemptions: u32,
    execution: u32,
}

impl Visited {
    /// The `execution`th execution comes to `state` with so many preemptions made.
    ///
    /// An execution that comes to a state a second time (since a choice may bring no step) is
    /// still the first to be there.
    pub(crate) fn visit(&mut self, state: Digest, preemptions: u32, execution: u32) -> Visit {
        match self.states.get_mut(&state) {
            Some(met) if met.preemptions <= preemptions => {
                if met.execution == execution {
                    Visit::New
                } else {
                    Visit::Known
                }
            }
            Some(met) => {
                *met = Met { preemptions, execution };
                Visit::New
            }
            None => {
                if self.states.len() < MOST {
                    self.states.insert(state, Met { preemptions, execution });
                }
                Visit::New
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_as_many_preemptions_or_fewer_make_a_state_known() {
        let state = Digest::of(&1);
        let mut visited = Visited::default();
        assert_eq!(visited.visit(state, 1, 0), Visit::New);
        assert_eq!(visited.visit(state, 1, 0), Visit::New);
        assert_eq!(visited.visit(state, 1, 1), Visit::Known);
        assert_eq!(visited.visit(state, 2, 1), Visit::Known);
        assert_eq!(visited.visit(state, 0, 2), Visit::New);
        assert_eq!(visited.visit(state, 0, 3), Visit::Known);
    }
}
