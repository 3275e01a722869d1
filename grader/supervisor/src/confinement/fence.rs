//! The layers made ready before `fork`, and put on between `fork` and `execve`.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use seccompiler::BpfProgram;

use super::layer::{Confinement, ConfinementError, Layer};
use super::namespaces::{Identity, Set};
use super::{Files, available, capabilities, denied, namespaces};

/// Whether system calls are denied by a filter of this fence's: those of a program that is
/// followed are looked at one by one instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    Followed,
    Filtered,
}

/// What a child puts on.
#[derive(Debug)]
pub(crate) struct Fence {
    level: Confinement,
    namespaces: Set,
    identity: Identity,
    ruleset: Option<OwnedFd>,
    filter: Option<BpfProgram>,
}

impl Fence {
    /// Makes ready what this machine has of what is asked for.
    pub(crate) fn new(level: Confinement, files: &Files, wanted: Set, calls: Calls) -> Result<Fence, ConfinementError> {
        let here = available();
        here.require(level)?;
        let identity = Identity::current();
        if level == Confinement::Off {
            return Ok(Fence { level, namespaces: Set::NONE, identity, ruleset: None, filter: None });
        }
        let failed =
            |layer: Layer, problem: String| ConfinementError::Failed { layer, source: io::Error::other(problem) };
        let ruleset = files
            .ruleset(calls)
            .map_err(|error| failed(Layer::Landlock { version: here.landlock }, error.to_string()))?;
        let filter = match calls {
            Calls::Filtered if here.seccomp => {
                Some(denied::filter().map_err(|error| failed(Layer::Seccomp, error.to_string()))?)
            }
            Calls::Filtered | Calls::Followed => None,
        };
        Ok(Fence { level, namespaces: here.namespaces.and(wanted), identity, ruleset, filter })
    }

    /// The same fence for a child that sees no files but those made for it.
    pub(crate) fn without_files(self) -> Fence {
        Fence { ruleset: None, ..self }
    }

    /// The layers that a fence made here would consist of.
    pub(crate) fn layers_of(level: Confinement, wanted: Set, calls: Calls) -> Vec<Layer> {
        if level == Confinement::Off {
            return Vec::new();
        }
        let here = available();
        let mut layers = Vec::new();
        if calls == Calls::Filtered && here.seccomp {
            layers.push(Layer::Seccomp);
        }
        if here.landlock > 0 {
            layers.push(Layer::Landlock { version: here.landlock });
        }
        layers.push(Layer::Capabilities);
        layers.extend(here.namespaces.and(wanted).layers());
        layers
    }

    /// In a child: makes the namespaces. Only makes system calls.
    pub(crate) fn part(&self) -> bool {
        namespaces::enter(self.namespaces, &self.identity)
    }

    /// In a child, with its namespaces made: gives up rights and files. Only makes system
    /// calls. Where the program is followed its filters come after this.
    pub(crate) fn close(&self) -> bool {
        // SAFETY: changes this child alone.
        if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
            return false;
        }
        if self.level == Confinement::Off {
            return true;
        }
        if !capabilities::drop_all() {
            return false;
        }
        if let Some(ruleset) = &self.ruleset {
            // SAFETY: a live descriptor; restricts this child alone.
            if unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset.as_raw_fd(), 0) } != 0 {
                return false;
            }
        }
        if let Some(filter) = &self.filter {
            let program = libc::sock_fprog {
                #[expect(clippy::cast_possible_truncation, reason = "our filters have a few hundred instructions")]
                len: filter.len() as u16,
                // seccompiler's instruction has the layout of the kernel's
                filter: filter.as_ptr().cast_mut().cast(),
            };
            // SAFETY: a live filter; restricts this child alone.
            let done =
                unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, &raw const program) };
            return done == 0;
        }
        true
    }
}
