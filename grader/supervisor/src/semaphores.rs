//! The C library's semaphores, taken at their word: what `sem_wait`, `sem_trywait` and `sem_post` do
//! to a semaphore that processes share counts as one operation, from its first look at it on until
//! it is done or waits. Nobody need go on in between, since these functions are linearizable
//! (Herlihy and Wing: Linearizability, 1990): whatever others could see then, they see before or
//! after.
//!
//! Only the system's own library is trusted so, and only as long as the program changes nothing where
//! its code is mapped: a program that is out to hide something could else call it a semaphore.
//!
//! Such a function begins with loads that it makes once; whatever else it touches of the semaphore,
//! wherever in the library, comes behind them. So a task is midway from such a load on, as long as
//! all it does to shared memory is done by these functions, or by code of the library that nobody
//! else can call.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use explorer::{Action, Call, Location, TaskId};

use crate::engine::Engine;
use crate::libraries::{Found, found_in};
use crate::task::{Op, State};

/// An operation that a task has begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// Which part of the semaphore it looked at first.
    place: Location,
}

impl Operation {
    /// Whether `place` can be a part of the same semaphore.
    fn is_about(self, place: Location) -> bool {
        // a semaphore has 32 bytes
        place.object == self.place.object && place.word.abs_diff(self.place.word) < 4
    }
}

/// Where their code lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Semaphores {
    /// The loads that such a function begins with, and whether that one waits where there is none
    /// to take.
    first: HashMap<u64, bool>,
    /// Their own code, and what only the library itself calls; in order.
    own: Vec<Range<u64>>,
}

impl Semaphores {
    /// Those of a library with its code at `text`, where `foreign` are the functions that others
    /// can call, and `first` the loads that its semaphores' functions begin with.
    pub(crate) fn new(text: Range<u64>, mut foreign: Vec<Range<u64>>, first: HashMap<u64, bool>) -> Semaphores {
        foreign.sort_unstable_by_key(|range| range.start);
        let mut own = Vec::new();
        let mut from = text.start;
        for range in foreign {
            if range.start > from {
                own.push(from..range.start.min(text.end));
            }
            from = from.max(range.end);
        }
        if from < text.end {
            own.push(from..text.end);
        }
        Semaphores { first, own }
    }

    /// The same, elsewhere.
    pub(crate) fn placed(&self, place: impl Fn(u64) -> u64) -> Semaphores {
        Semaphores {
            first: self.first.iter().map(|(at, waits)| (place(*at), *waits)).collect(),
            own: self.own.iter().map(|range| place(range.start)..place(range.end)).collect(),
        }
    }

    fn overlap(&self, start: u64, len: u64) -> bool {
        let code = self.own.first().zip(self.own.last()).map(|(first, last)| first.start..last.end);
        code.is_some_and(|code| start < code.end && code.start < start.saturating_add(len))
    }

    fn is_own(&self, code: u64) -> bool {
        let after = self.own.partition_point(|range| range.start <= code);
        after.checked_sub(1).is_some_and(|index| self.own[index].contains(&code))
    }
}

impl Engine<'_> {
    /// Whether `id` stands midway through an operation of a semaphore.
    pub(crate) fn is_midway(&self, id: TaskId) -> bool {
        let task = self.task(id);
        let (Some(operation), Some(semaphores)) = (task.operation, &self.space(id).semaphores) else { return false };
        let (code, next) = match &task.state {
            State::At(Op::Access(instruction)) => {
                let places = self.space(id).among(instruction.address, instruction.size.into());
                (task.registers.code(), places.first().map(|(mapping, from, _)| mapping.location(*from)))
            }
            State::At(Op::Call(site)) if site.call == libc::SYS_futex => (site.code, site.places.first().copied()),
            State::At(_) | State::Asleep { .. } | State::InVfork | State::Running | State::Ended => return false,
        };
        next.is_some_and(|place| operation.is_about(place))
            && semaphores.is_own(code)
            && !semaphores.first.contains_key(&code)
    }

    /// Whether `id` stands at the start of a wait where there is none to take: it would go to sleep.
    /// Where a signal can call it back, it is to be seen asleep.
    pub(crate) fn stalls(&mut self, id: TaskId) -> bool {
        let task = self.task(id);
        let State::At(Op::Access(instruction)) = &task.state else { return false };
        let Some(semaphores) = &self.space(id).semaphores else { return false };
        let waits = semaphores.first.get(&task.registers.code()).is_some_and(|waits| *waits);
        let address = instruction.address;
        if !waits || self.space(id).at(address).is_none() || self.catches_signals(id) {
            return false;
        }
        // the number of those to be had, the number of those who wait, and whether processes share it:
        // where they were not meant to, whoever sleeps is not woken
        let mut parts = [0; 12];
        self.peek(id, address, &mut parts).is_ok() && parts[..4] == [0; 4] && parts[8..] != [0; 4]
    }

    /// Takes note of what the instruction at `code` did.
    pub(crate) fn note_operation(&mut self, id: TaskId, code: u64, action: &Action) {
        self.task_mut(id).operation = match action {
            Action::Access(access) => self.operation_at(id, access.location, code),
            Action::Call(Call::FutexWait { .. } | Call::FutexWake { .. } | Call::Other { name: "futex" }) => {
                self.task(id).operation
            }
            Action::Call(_) => None,
        };
    }

    /// The operation that an access at `code` begins, or goes on with.
    fn operation_at(&mut self, id: TaskId, place: Location, code: u64) -> Option<Operation> {
        if !self.space(id).shares(place.object) {
            return None;
        }
        self.know_semaphores(id);
        let semaphores = self.space(id).semaphores.as_ref()?;
        if semaphores.first.contains_key(&code) {
            return Some(Operation { place });
        }
        self.task(id).operation.filter(|operation| operation.is_about(place) && semaphores.is_own(code))
    }

    /// `id` changes what is mapped there: the library's code may be no more what it was.
    pub(crate) fn doubt_semaphores(&mut self, id: TaskId, start: u64, len: u64) {
        let known = self.space(id).semaphores.as_ref();
        if known.is_some_and(|semaphores| semaphores.overlap(start, len)) {
            self.space_mut(id).semaphores = Some(Arc::default());
        }
    }

    /// Looks where they are in the program that `id` runs, unless that is known.
    pub(crate) fn know_semaphores(&mut self, id: TaskId) {
        if self.space(id).semaphores.is_some() {
            return;
        }
        let found = found_in(self.task(id).pid).into_iter().find_map(|found| match found {
            Found::Semaphores(semaphores) if !semaphores.first.is_empty() => Some(semaphores),
            Found::Semaphores(_) | Found::Function(..) | Found::Allocator(_) => None,
        });
        self.space_mut(id).semaphores = Some(Arc::new(found.unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_else_can_call_is_their_own() {
        let semaphores = Semaphores::new(10..100, vec![60..70, 0..20, 30..40, 32..35], HashMap::new());
        assert_eq!(semaphores.own, [20..30, 40..60, 70..100]);
        assert!(semaphores.is_own(20) && semaphores.is_own(59) && semaphores.is_own(99));
        assert!(semaphores.overlap(0, 21) && semaphores.overlap(99, 1) && !semaphores.overlap(0, 20));
        assert!(!semaphores.is_own(10) && !semaphores.is_own(30) && !semaphores.is_own(69) && !semaphores.is_own(100));
    }
}
