//! The grader.
pub mod session;
