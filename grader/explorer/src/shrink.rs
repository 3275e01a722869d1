//! Making a failing schedule smaller: the fewest preemptions that still show the failure, and
//! then the fewest choices.

use std::collections::{HashSet, VecDeque};

use crate::{Choice, Schedule};

/// Proposes smaller schedules until none is left to try.
///
/// Each proposal leaves out some neighbouring choices of the best schedule so far: all, then
/// halves, quarters, and so on down to single ones (Zeller, Hildebrandt: Simplifying and isolating
/// failure-inducing input, 2002), since a random schedule has many. It is to be run leniently,
/// since what is left of a schedule may ask for what cannot be.
#[derive(Debug)]
pub struct Shrinking {
    best: Schedule,
    preemptions: u32,
    candidates: VecDeque<Schedule>,
    tried: HashSet<Schedule>,
}

impl Shrinking {
    /// Starts from a schedule that fails, and its preemptions.
    pub fn new(schedule: Schedule, preemptions: u32) -> Shrinking {
        let mut shrinking =
            Shrinking { best: schedule, preemptions, candidates: VecDeque::new(), tried: HashSet::new() };
        shrinking.tried.insert(shrinking.best.clone());
        shrinking.candidates.push_back(Vec::new());
        shrinking.propose();
        shrinking
    }

    /// The next schedule to try.
    pub fn next_candidate(&mut self) -> Option<Schedule> {
        while let Some(candidate) = self.candidates.pop_front() {
            if self.tried.insert(candidate.clone()) {
                return Some(candidate);
            }
        }
        None
    }

    /// A candidate failed in the same way. `followed` is what was left of it in reality.
    pub fn accept(&mut self, followed: &[Choice], preemptions: u32) {
        if (preemptions, followed.len()) >= (self.preemptions, self.best.len()) {
            return;
        }
        self.best = followed.to_vec();
        self.preemptions = preemptions;
        self.tried.insert(self.best.clone());
        self.candidates.clear();
        self.propose();
    }

    /// The smallest schedule so far that fails, and its preemptions.
    pub fn best(&self) -> (&[Choice], u32) {
        (&self.best, self.preemptions)
    }

    /// Later choices first: without them, the earlier ones still mean what they meant.
    fn propose(&mut self) {
        let length = self.best.len();
        let mut size = length.div_ceil(2);
        while size > 0 {
            for from in (0..length).step_by(size).collect::<Vec<_>>().into_iter().rev() {
                let mut candidate = self.best.clone();
                candidate.drain(from..length.min(from + size));
                self.candidates.push_back(candidate);
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskId;

    /// Shrinks a schedule of choices at these points, of which `needed` are needed.
    fn check(points: &[u64], needed: &[u64]) {
        let schedule =
            |points: &[u64]| -> Schedule { points.iter().map(|&point| Choice::plain(point, TaskId(1))).collect() };
        let mut shrinking = Shrinking::new(schedule(points), points.len() as u32);
        let mut tries = 0;
        while let Some(candidate) = shrinking.next_candidate() {
            tries += 1;
            if needed.iter().all(|point| candidate.iter().any(|choice| choice.point == *point)) {
                shrinking.accept(&candidate, candidate.len() as u32);
            }
        }
        assert_eq!(shrinking.best(), (&schedule(needed)[..], needed.len() as u32));
        assert!(tries <= 60, "{tries} tries");
        assert!(tries <= 2 + points.len() * points.len());
    }

    #[test]
    fn only_what_is_needed_stays() {
        check(&[], &[]);
        check(&[1, 2, 3], &[]);
        check(&[1, 2, 3], &[2]);
        check(&[1, 2, 3, 4, 5], &[1, 5]);
        check(&[1, 2], &[1, 2]);
    }

    #[test]
    fn a_long_schedule_is_shrunk_by_halves() {
        let points: Vec<u64> = (0..200).collect();
        check(&points, &[7, 120]);
    }
}
