//! What an address space shares with others: the mappings that are followed, and the second
//! place (the alias) where each can still be read and written while the first is protected.

use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use explorer::{Location, ObjectId};

use crate::semaphores::Semaphores;

/// Where aliases are put: far from where the kernel maps by itself, and where no program can
/// guess, since what is done there is not followed.
static ALIASES: LazyLock<u64> = LazyLock::new(|| {
    const LOWEST: u64 = 0x2000_0000_0000;
    let chosen = std::hash::RandomState::new().hash_one(std::process::id());
    LOWEST + ((chosen >> 32) << 12)
});
/// Room between two aliases, so that running over the end of one hits nothing.
const GAP: u64 = 0x1_0000;

/// One shared mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapping {
    /// Where the program knows it.
    pub(crate) start: u64,
    /// Its length in bytes, whole pages.
    pub(crate) len: u64,
    /// What is mapped.
    pub(crate) object: ObjectId,
    /// From which byte of it on.
    pub(crate) offset: u64,
    /// What the program may do there (`PROT_READ` and so on).
    pub(crate) protection: i32,
    /// Where the alias is; `None` as long as only one process has the object.
    pub(crate) alias: Option<u64>,
}

impl Mapping {
    fn end(&self) -> u64 {
        self.start + self.len
    }

    /// The place that an address stands for.
    pub(crate) fn location(&self, address: u64) -> Location {
        Location { object: self.object, word: (self.offset + (address - self.start)) / 8 }
    }

    /// The byte within the object that an address stands for.
    pub(crate) fn byte(&self, address: u64) -> u64 {
        self.offset + (address - self.start)
    }
}

/// The followed mappings of one address space.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressSpace {
    mappings: Vec<Mapping>,
    next_alias: u64,
    /// Where the program's semaphores lie, once that was looked at.
    pub(crate) semaphores: Option<Arc<Semaphores>>,
}

/// A part of a mapping that goes away or changes, and its alias.
pub(crate) type Piece = Mapping;

impl AddressSpace {
    /// Whether nothing is shared.
    pub(crate) fn is_empty(&self) -> bool {
        self.mappings.is_empty()
    }

    /// Whether a part of `object` is mapped.
    pub(crate) fn shares(&self, object: ObjectId) -> bool {
        self.mappings.iter().any(|mapping| mapping.object == object)
    }

    /// The mapping that holds `address`.
    pub(crate) fn at(&self, address: u64) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| mapping.start <= address && address < mapping.end())
    }

    /// The protected mapping that holds `address`, and the alias of that address.
    pub(crate) fn alias(&self, address: u64) -> Option<(&Mapping, u64)> {
        let mapping = self.at(address)?;
        Some((mapping, mapping.alias? + (address - mapping.start)))
    }

    /// Where the byte at `address` can be read and written, and how many bytes from there on
    /// lie side by side.
    pub(crate) fn reach(&self, address: u64) -> (u64, u64) {
        match self.at(address) {
            Some(mapping) => {
                let real = mapping.alias.map_or(address, |alias| alias + (address - mapping.start));
                (real, mapping.end() - address)
            }
            None => {
                let next = self.mappings.iter().map(|mapping| mapping.start).filter(|start| *start > address).min();
                (address, next.map_or(u64::MAX, |next| next - address))
            }
        }
    }

    /// The mappings that hold any of `len` bytes from `address` on, each with the first such
    /// byte and how many follow it.
    pub(crate) fn among(&self, address: u64, len: u64) -> Vec<(&Mapping, u64, u64)> {
        let end = address.saturating_add(len);
        self.mappings
            .iter()
            .filter_map(|mapping| {
                let (from, to) = (mapping.start.max(address), mapping.end().min(end));
                (from < to).then(|| (mapping, from, to - from))
            })
            .collect()
    }

    /// The places that `len` bytes from `address` on stand for.
    pub(crate) fn words(&self, address: u64, len: u64) -> Vec<Location> {
        let mut words = Vec::new();
        for (mapping, from, len) in self.among(address, len) {
            let last = mapping.byte(from + len - 1) / 8;
            let first = mapping.location(from);
            words.extend((first.word..=last).map(|word| Location { object: first.object, word }));
        }
        words
    }

    /// Whether an alias is mapped at `address`.
    pub(crate) fn is_alias(&self, address: u64) -> bool {
        self.mappings
            .iter()
            .any(|mapping| mapping.alias.is_some_and(|alias| alias <= address && address < alias + mapping.len))
    }

    /// Those that are not protected yet.
    pub(crate) fn open(&self) -> Vec<Mapping> {
        self.mappings.iter().filter(|mapping| mapping.alias.is_none()).copied().collect()
    }

    /// Room for an alias.
    pub(crate) fn reserve(&mut self, len: u64) -> u64 {
        let at = *ALIASES + self.next_alias;
        self.next_alias += len + GAP;
        at
    }

    pub(crate) fn insert(&mut self, mapping: Mapping) {
        self.mappings.push(mapping);
        self.mappings.sort_by_key(|mapping| mapping.start);
    }

    pub(crate) fn set_alias(&mut self, start: u64, alias: u64) {
        if let Some(mapping) = self.mappings.iter_mut().find(|mapping| mapping.start == start) {
            mapping.alias = Some(alias);
        }
    }

    /// Takes `len` bytes from `start` out of every mapping, and returns what was taken.
    pub(crate) fn cut(&mut self, start: u64, len: u64) -> Vec<Piece> {
        let end = start.saturating_add(len.next_multiple_of(4096));
        let mut taken = Vec::new();
        let mut kept = Vec::new();
        for mapping in self.mappings.drain(..) {
            let from = mapping.start.max(start);
            let to = mapping.end().min(end);
            if from >= to {
                kept.push(mapping);
                continue;
            }
            let part = |from: u64, to: u64| Mapping {
                start: from,
                len: to - from,
                offset: mapping.offset + (from - mapping.start),
                alias: mapping.alias.map(|alias| alias + (from - mapping.start)),
                ..mapping
            };
            if mapping.start < from {
                kept.push(part(mapping.start, from));
            }
            if to < mapping.end() {
                kept.push(part(to, mapping.end()));
            }
            taken.push(part(from, to));
        }
        self.mappings = kept;
        taken
    }

    /// Notes what the program may do in a range from now on. Returns the pieces concerned.
    pub(crate) fn protect(&mut self, start: u64, len: u64, protection: i32) -> Vec<Piece> {
        let mut pieces = self.cut(start, len);
        for piece in &mut pieces {
            piece.protection = protection;
            self.insert(*piece);
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressSpace, Mapping};
    use explorer::ObjectId;

    fn space() -> AddressSpace {
        let mut space = AddressSpace::default();
        space.insert(Mapping {
            start: 0x1000,
            len: 0x3000,
            object: ObjectId(7),
            offset: 0,
            protection: 3,
            alias: Some(0x9000),
        });
        space
    }

    #[test]
    fn cutting_the_middle_leaves_both_ends_with_their_aliases_and_offsets() {
        let mut space = space();
        let taken = space.cut(0x2000, 0x1000);
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].start, taken[0].alias, taken[0].offset), (0x2000, Some(0xa000), 0x1000));
        assert!(space.at(0x2000).is_none());
        assert_eq!(space.alias(0x1008).map(|(_, alias)| alias), Some(0x9008));
        assert_eq!(space.alias(0x3008).map(|(m, alias)| (m.byte(0x3008), alias)), Some((0x2008, 0xb008)));
    }

    #[test]
    fn protecting_a_part_changes_that_part_alone() {
        let mut space = space();
        space.protect(0x1000, 0x1000, 1);
        assert_eq!(space.at(0x1000).map(|m| m.protection), Some(1));
        assert_eq!(space.at(0x2000).map(|m| m.protection), Some(3));
    }
}
