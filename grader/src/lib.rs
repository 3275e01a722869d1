//! The grader: builds students' programs, runs them under every schedule that matters, and
//! explains what went wrong.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

pub mod build;
pub mod check;
pub mod cli;
pub mod comparison;
pub mod course;
pub mod doctor;
pub mod expression;
pub mod golden;
pub mod grade;
pub mod interrupt;
pub mod judge;
pub mod lesson;
#[cfg(test)]
mod made_up;
pub mod mechanism;
pub mod plain;
pub mod progress;
pub mod recording;
pub mod report;
pub mod session;
pub mod stepper;
pub mod submission;
pub mod verdict;
pub mod workplace;
