//! What executions of one program have in common, and what makes the next one faster. It changes
//! nothing of what is seen: whoever is lent a page that it does not need leaves it alone.

use std::collections::HashMap;

use explorer::TaskId;

/// Pages of private memory that were met inside of what is taken for granted, by the name of
/// their space and their address.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    pages: HashMap<(u64, u64), Whose>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    One(TaskId),
    Several,
}

impl Habits {
    pub(crate) fn note(&mut self, space: u64, page: u64, task: TaskId) {
        let known = self.pages.entry((space, page)).or_insert(Whose::One(task));
        if *known != Whose::One(task) {
            *known = Whose::Several;
        }
    }

    /// The pages that `task` is likely to meet: those that it met, and those that several did.
    pub(crate) fn pages(&self, space: u64, task: TaskId) -> impl Iterator<Item = u64> {
        self.pages.iter().filter_map(move |((name, page), whose)| {
            (*name == space && (*whose == Whose::Several || *whose == Whose::One(task))).then_some(*page)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_several_met_is_everybodys() {
        let [first, second, third] = [TaskId(0), TaskId(1), TaskId(2)];
        let mut habits = Habits::default();
        habits.note(7, 0x1000, first);
        habits.note(7, 0x2000, first);
        habits.note(7, 0x2000, second);
        let pages = |space, task| {
            let mut pages: Vec<u64> = habits.pages(space, task).collect();
            pages.sort_unstable();
            pages
        };
        assert_eq!(pages(7, first), [0x1000, 0x2000]);
        assert_eq!(pages(7, third), [0x2000]);
        assert_eq!(pages(8, first), [0; 0]);
    }
}
