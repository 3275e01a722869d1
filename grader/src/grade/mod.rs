//! Grading: builds a program, has its runs explored and judged, and draws the verdict.

mod expectation;
mod outcome;
mod run;
mod several;
mod topic;
mod unfollowed;

pub use expectation::ExpectationError;
pub use outcome::{Evidence, Failed, Graded, Reached, Reason, Shown, TaskCounts, Undecided, Verdict};
pub use run::{Conclusion, Explored, Run};
pub use several::in_parallel;
pub use topic::{Depth, GradeError, Grader, Subject};
pub use unfollowed::Unlike;
