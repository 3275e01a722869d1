//! Which layers this machine has, found out by trying.

use std::sync::OnceLock;

use super::layer::{Confinement, ConfinementError, Layer};
use super::{files, namespaces};

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Available {
    /// The version of Landlock's interface; 0 where there is none.
    pub landlock: i32,
    /// Whether system calls can be filtered.
    pub seccomp: bool,
    /// Which namespaces a user may make.
    pub(crate) namespaces: namespaces::Set,
}

/// What this machine has. Found out once.
pub fn available() -> Available {
    static FOUND: OnceLock<Available> = OnceLock::new();
    *FOUND.get_or_init(|| Available {
        landlock: files::landlock_version(),
        seccomp: std::path::Path::new("/proc/sys/kernel/seccomp/actions_avail").exists(),
        namespaces: namespaces::allowed(),
    })
}

impl Available {
    /// Whether programs can have users, a network and files of their own.
    pub fn has_namespaces(&self) -> bool {
        self.namespaces.all()
    }

    /// Makes sure that `wanted` can be had.
    ///
    /// # Errors
    /// Where it cannot: what is missing.
    pub fn require(&self, wanted: Confinement) -> Result<(), ConfinementError> {
        match wanted {
            Confinement::Best | Confinement::Off => return Ok(()),
            Confinement::Strict => {}
        }
        let mut missing = Vec::new();
        if self.landlock == 0 {
            missing.push(Layer::Landlock { version: 0 });
        }
        if !self.seccomp {
            missing.push(Layer::Seccomp);
        }
        if !self.namespaces.all() {
            missing.push(Layer::UserNamespace);
        }
        if missing.is_empty() { Ok(()) } else { Err(ConfinementError::Missing(missing)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(available: Available, wanted: Confinement, missing: Option<&str>) {
        let said = available.require(wanted).err().map(|error| error.to_string());
        assert_eq!(said.is_some(), missing.is_some(), "{said:?}");
        if let (Some(said), Some(missing)) = (said, missing) {
            assert!(said.contains(missing), "{said}");
        }
    }

    const NOTHING: Available = Available { landlock: 0, seccomp: false, namespaces: namespaces::Set::NONE };

    #[test]
    fn strict_is_refused_where_a_layer_is_missing() {
        check(NOTHING, Confinement::Strict, Some("landlock, seccomp, user namespace"));
        check(NOTHING, Confinement::Best, None);
        check(NOTHING, Confinement::Off, None);
        let whole = Available { landlock: 1, seccomp: true, namespaces: namespaces::Set::ALL };
        check(whole, Confinement::Strict, None);
    }
}
