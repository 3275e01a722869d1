//! Digests of 128 bits: equal for equal things, and different for different ones as far as
//! any search will ever see.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest(u128);

impl Digest {
    /// The digest of `value`.
    pub(crate) fn of(value: &impl Hash) -> Digest {
        let half = |which: u8| {
            let mut hasher = DefaultHasher::new();
            which.hash(&mut hasher);
            value.hash(&mut hasher);
            u128::from(hasher.finish())
        };
        Digest(half(0) << 64 | half(1))
    }

    /// The digest of a collection that has one member more; the order of additions makes no
    /// difference.
    #[must_use]
    pub(crate) fn with(self, member: Digest) -> Digest {
        Digest(self.0.wrapping_add(member.0))
    }
}
