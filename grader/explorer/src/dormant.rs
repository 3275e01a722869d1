//! Switches that do not matter as far as is known: before operations on places that nobody
//! else has been seen to touch. They are kept, in case somebody will be.

use std::collections::{HashMap, HashSet};

use crate::Location;

/// Points are kept up to this weight in all.
const MOST: usize = 1 << 19;

/// Points by the places touched there; `T` is what is kept of each.
#[derive(Debug)]
pub(crate) struct Dormant<T> {
    points: Vec<Option<T>>,
    weight: usize,
    by_place: HashMap<Location, Vec<usize>>,
    /// The places of which a point was not kept.
    incomplete: HashSet<Location>,
}

/// What was kept of a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kept<T> {
    /// Every point.
    All(Vec<T>),
    /// Some points; there were more.
    Some(Vec<T>),
}

impl<T> Default for Dormant<T> {
    fn default() -> Self {
        Dormant { points: Vec::new(), weight: 0, by_place: HashMap::new(), incomplete: HashSet::new() }
    }
}

impl<T> Dormant<T> {
    /// Keeps a point at which `places` are touched; `weight` is how much there is of it.
    pub(crate) fn add(&mut self, places: &[Location], point: T, weight: usize) {
        if self.weight >= MOST {
            self.incomplete.extend(places);
            return;
        }
        // What touches nothing never matters.
        if places.is_empty() {
            return;
        }
        self.weight += weight.max(1);
        for place in places {
            self.by_place.entry(*place).or_default().push(self.points.len());
        }
        self.points.push(Some(point));
    }

    /// Gives out the points at which `place` is touched and which `matter` by now, each point
    /// once in all; the others stay.
    pub(crate) fn take(&mut self, place: Location, matter: impl Fn(&T) -> bool) -> Kept<T> {
        let mut taken = Vec::new();
        if let Some(indices) = self.by_place.get_mut(&place) {
            indices.retain(|&index| {
                if self.points[index].as_ref().is_some_and(&matter) {
                    taken.extend(self.points[index].take());
                }
                self.points[index].is_some()
            });
        }
        if self.incomplete.contains(&place) { Kept::Some(taken) } else { Kept::All(taken) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObjectId;

    #[test]
    fn a_point_comes_out_once() {
        let place = |word| Location { object: ObjectId(0), word };
        let mut dormant = Dormant::default();
        dormant.add(&[place(0), place(1)], 'a', 1);
        dormant.add(&[place(1)], 'b', 1);
        dormant.add(&[], 'c', 1);
        dormant.add(&[place(1)], 'd', 1);
        assert_eq!(dormant.take(place(0), |_| true), Kept::All(vec!['a']));
        assert_eq!(dormant.take(place(1), |point| *point == 'd'), Kept::All(vec!['d']));
        assert_eq!(dormant.take(place(1), |_| true), Kept::All(vec!['b']));
        assert_eq!(dormant.take(place(1), |_| true), Kept::All(vec![]));
    }
}
