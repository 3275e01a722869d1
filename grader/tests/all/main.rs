//! The grader as its users meet it: one binary, so that it is linked once.

mod batch;
mod command;
mod corpus;
mod course;
mod edges;
mod explored;
mod fuzzing;
mod golden;
mod hostile;
mod memory;
#[expect(dead_code, unused_imports, reason = "some of it serves the benchmark only")]
mod programs;
mod programs_explored;
mod reports;
mod submissions;
mod ways;
