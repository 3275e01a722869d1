//! The codes of the verdicts, and which of two is nearer the cause. Owns no evidence: that
//! is with what was found.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A verdict's code: one for each topic graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictCode {
    /// Right in every execution explored, and by the means asked for.
    Passed,
    /// Does not compile.
    BuildError,
    /// An execution printed something else.
    WrongOutput,
    /// A write overwrote another that its task had not seen, and the outcome was wrong.
    LostUpdate,
    /// Nobody can go on.
    Deadlock,
    /// Somebody runs for ever without getting on.
    Livelock,
    /// The program ended as it should not have.
    Crash,
    /// A child that nobody waited for.
    Zombie,
    /// A process that does not end with the program, or was left behind on purpose.
    Orphan,
    /// A name was left behind.
    Leak,
    /// Right output by other means than those asked for.
    Mechanism,
    /// Ran past its limits without any of the above being shown.
    Timeout,
    /// Tried what a submission may not do.
    Forbidden,
    /// The grader could not decide.
    Inconclusive,
}

impl VerdictCode {
    /// All of them, the one nearest the cause first.
    pub const NEAREST_FIRST: [VerdictCode; 14] = [
        VerdictCode::BuildError,
        VerdictCode::Forbidden,
        VerdictCode::Deadlock,
        VerdictCode::Livelock,
        VerdictCode::Timeout,
        VerdictCode::Crash,
        VerdictCode::Orphan,
        VerdictCode::Zombie,
        VerdictCode::LostUpdate,
        VerdictCode::WrongOutput,
        VerdictCode::Leak,
        VerdictCode::Mechanism,
        VerdictCode::Inconclusive,
        VerdictCode::Passed,
    ];

    /// How near the cause it is: of several the greatest decides.
    pub fn rank(self) -> u32 {
        Self::NEAREST_FIRST.iter().rev().zip(0..).find_map(|(code, rank)| (*code == self).then_some(rank)).unwrap_or(0)
    }

    /// Which of two decides that different executions showed: the one nearer the cause, except
    /// that running out of time or output says less than anything else that was shown.
    pub fn weight(self) -> u32 {
        match self {
            VerdictCode::Timeout => VerdictCode::Inconclusive.rank(),
            other => other.rank(),
        }
    }

    /// As reports and lessons write it.
    pub fn as_str(self) -> &'static str {
        match self {
            VerdictCode::Passed => "passed",
            VerdictCode::BuildError => "build-error",
            VerdictCode::WrongOutput => "wrong-output",
            VerdictCode::LostUpdate => "lost-update",
            VerdictCode::Deadlock => "deadlock",
            VerdictCode::Livelock => "livelock",
            VerdictCode::Crash => "crash",
            VerdictCode::Zombie => "zombie",
            VerdictCode::Orphan => "orphan",
            VerdictCode::Leak => "leak",
            VerdictCode::Mechanism => "mechanism",
            VerdictCode::Timeout => "timeout",
            VerdictCode::Forbidden => "forbidden",
            VerdictCode::Inconclusive => "inconclusive",
        }
    }
}

/// The greater one is nearer the cause.
impl Ord for VerdictCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for VerdictCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for VerdictCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is no verdict's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a verdict")]
pub struct UnknownVerdict(pub String);

impl FromStr for VerdictCode {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        let found = Self::NEAREST_FIRST.into_iter().find(|code| code.as_str() == text);
        found.ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_nearer(nearer: VerdictCode, further: VerdictCode) {
        assert!(nearer > further, "{nearer} is nearer the cause than {further}");
    }

    #[test]
    fn the_cause_goes_before_what_follows_from_it() {
        check_nearer(VerdictCode::BuildError, VerdictCode::Forbidden);
        check_nearer(VerdictCode::Deadlock, VerdictCode::Zombie);
        check_nearer(VerdictCode::Orphan, VerdictCode::Zombie);
        check_nearer(VerdictCode::LostUpdate, VerdictCode::WrongOutput);
        check_nearer(VerdictCode::Mechanism, VerdictCode::Inconclusive);
        check_nearer(VerdictCode::Inconclusive, VerdictCode::Passed);
    }

    #[test]
    fn a_timeout_gives_way_to_whatever_another_execution_showed() {
        assert!(VerdictCode::Timeout.weight() < VerdictCode::Mechanism.weight());
        assert!(VerdictCode::Timeout.weight() > VerdictCode::Passed.weight());
        assert_eq!(VerdictCode::Crash.weight(), VerdictCode::Crash.rank());
    }

    #[test]
    fn every_code_reads_back_as_written() {
        for code in VerdictCode::NEAREST_FIRST {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
