//! What a search takes into account besides the order of steps: what can fail, what memory
//! does, and whose memory is seen.

/// A way in which a call can fail that the program must be ready for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// A read gives less than it could.
    ShortRead,
    /// A signal interrupts the call (`EINTR`).
    Interrupted,
    /// The process is killed just before.
    Killed,
    /// The system has no room for another process (`EAGAIN`).
    NoMoreProcesses,
}

/// A set of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults(u8);

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 4] = [Fault::ShortRead, Fault::Interrupted, Fault::Killed, Fault::NoMoreProcesses];
}

impl Faults {
    /// Nothing fails.
    pub const NONE: Faults = Faults(0);

    /// These, and `fault`.
    #[must_use]
    pub fn with(self, fault: Fault) -> Faults {
        Faults(self.0 | 1 << fault as u8)
    }

    /// Whether `fault` is among them.
    #[must_use]
    pub fn contains(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u8) != 0
    }

    /// Each of them, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.into_iter().filter(move |fault| self.contains(*fault))
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Faults::NONE, Faults::with)
    }
}

/// When others see a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemoryModel {
    /// At once.
    #[default]
    SequentiallyConsistent,
    /// When its task's store buffer lets it out: as x86-64 machines have it.
    StoreBuffers,
}

/// Whether what threads do to each other in the memory of their process is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Threads {
    /// It is: their steps are like those of processes.
    #[default]
    Followed,
    /// It is not: they are switched at calls, and at memory shared with other processes, only.
    NotFollowed,
}

/// What a search takes into account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// When others see a store.
    pub memory: MemoryModel,
    /// What may fail. Each failure counts like a preemption.
    pub faults: Faults,
    /// Whether threads are to be followed.
    pub threads: Threads,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_faults_holds_what_was_put_in() {
        assert_eq!(Faults::NONE.iter().count(), 0);
        let some: Faults = [Fault::Killed, Fault::ShortRead].into_iter().collect();
        assert_eq!(some.iter().collect::<Vec<_>>(), [Fault::ShortRead, Fault::Killed]);
        assert_eq!(Fault::ALL.into_iter().collect::<Faults>().iter().count(), 4);
    }
}
