//! Which files may be reached, for Landlock to enforce.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

/// The newest version of Landlock's interface that is made use of; older ones do with less.
const NEWEST: ABI = ABI::V6;

/// Where a system keeps programs and libraries: nothing there is anybody's secret.
const SYSTEM: [&str; 24] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/libexec",
    "/usr/bin",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/usr/share/locale",
    "/usr/share/i18n",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/alternatives",
];

/// Devices that swallow or give.
const DEVICES: [&str; 6] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"];

/// Files and folders that may be reached, all beneath a folder with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// May be read and run.
    pub read: Vec<PathBuf>,
    /// May be changed too.
    pub write: Vec<PathBuf>,
}

impl Files {
    /// The system's programs and libraries, to be read.
    pub fn system() -> Files {
        Files { read: SYSTEM.map(PathBuf::from).into(), write: Vec::new() }
    }

    /// Makes the rules. `None` where the kernel has no Landlock.
    pub(super) fn ruleset(&self) -> Result<Option<OwnedFd>, RulesetError> {
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .set_compatibility(CompatLevel::BestEffort);
        for path in &self.read {
            ruleset = allow(ruleset, path, AccessFs::from_read(NEWEST))?;
        }
        for path in &self.write {
            ruleset = allow(ruleset, path, AccessFs::from_all(NEWEST))?;
        }
        for path in DEVICES {
            let access = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate | AccessFs::IoctlDev;
            ruleset = allow(ruleset, Path::new(path), access)?;
        }
        if let Some(queues) = super::queues::folder() {
            ruleset = ruleset.add_rule(PathBeneath::new(queues, AccessFs::from_all(NEWEST)))?;
        }
        Ok(ruleset.into())
    }
}

/// What is not there need not be allowed.
fn allow(ruleset: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
    let Ok(file) = PathFd::new(path) else { return Ok(ruleset) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEWEST) };
    ruleset.add_rule(PathBeneath::new(file, access))
}

/// The version of the kernel's interface; 0 where there is none, or it is switched off.
pub(super) fn landlock_version() -> i32 {
    const ASK_FOR_VERSION: u32 = 1;
    // SAFETY: with this flag the call takes no structure and only returns a number.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0usize, ASK_FOR_VERSION) };
    i32::try_from(version).unwrap_or(0).max(0)
}
