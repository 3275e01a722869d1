//! The grader: builds students' programs, runs them under every schedule that matters, and
//! explains what went wrong.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

pub mod build;
pub mod comparison;
pub mod course;
pub mod expression;
pub mod golden;
pub mod grade;
pub mod judge;
pub mod lesson;
pub mod lost_update;
#[cfg(test)]
mod made_up;
pub mod mechanism;
pub mod plain;
pub mod report;
pub mod session;
pub mod submission;
pub mod verdict;
pub mod workplace;
