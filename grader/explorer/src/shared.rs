//! What threads of a program were seen to share in the memory of their process.

use std::collections::BTreeSet;

use crate::Threads;

/// What is watched in an execution, from its start or from when it was met. Choice points are
/// numbered among what is watched, so that a schedule means the same only with the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// Pages that more than one thread meets: the process (by its history), and the address of
    /// the first byte.
    pub pages: BTreeSet<(u64, u64)>,
    /// Words of them: the process, and the address divided by 8.
    pub words: BTreeSet<(u64, u64)>,
    /// Whether threads are followed at all.
    pub threads: Threads,
}
